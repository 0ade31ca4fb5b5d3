/* modules.c - the product, module by module. The order is the dependency order: a module may include the header of one that
 * stands earlier, and its migrations run after theirs. */
#include "modules/audit/audit.h"
#include "modules/booking/booking.h"
#include "modules/calendar/calendar.h"
#include "modules/clients/clients.h"
#include "modules/identity/identity.h"
#include "modules/locations/locations.h"
#include "modules/notices/notices.h"
#include "modules/services/services.h"
#include "modules/tenants/tenants.h"

const struct module *const modules[] = {
    &tenants_module,
    &locations_module,
    &identity_module,
    &services_module,
    &clients_module,
    &calendar_module,
    &booking_module,
    &notices_module,
    &audit_module,
    NULL,
};
