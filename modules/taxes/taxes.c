/* taxes.c - see taxes.h. */
#include "modules/taxes/taxes.h"

const struct module taxes_module = { .name = "taxes", .doc = "The rates that prices carry" };
