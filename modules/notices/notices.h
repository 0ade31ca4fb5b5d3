/* notices - what clients are told: confirmation, change, cancellation, by mail with a calendar invitation. */
#pragma once
#include "modules/booking/booking.h"

extern const struct module notices_module;
