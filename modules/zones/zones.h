/* zones - what happens to the future when the clock of a location is another one: PATCH of a location whose zone changes. */
#pragma once
#include "modules/booking/booking.h"

extern const struct module zones_module;
