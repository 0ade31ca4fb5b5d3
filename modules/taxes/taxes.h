/* taxes - the rates that prices carry. */
#pragma once
#include "core/core.h"

extern const struct module taxes_module;
