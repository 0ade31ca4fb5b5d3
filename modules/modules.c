/* modules.c - what this program is made of, in the order of dependence: a module may use those before it. */
#include "modules/audit/audit.h"
#include "modules/booking/booking.h"
#include "modules/calendar/calendar.h"
#include "modules/clients/clients.h"
#include "modules/demo/demo.h"
#include "modules/feeds/feeds.h"
#include "modules/flow/flow.h"
#include "modules/google/google.h"
#include "modules/identity/identity.h"
#include "modules/ledger/ledger.h"
#include "modules/locations/locations.h"
#include "modules/notices/notices.h"
#include "modules/orders/orders.h"
#include "modules/reminders/reminders.h"
#include "modules/services/services.h"
#include "modules/taxes/taxes.h"
#include "modules/telehealth/telehealth.h"
#include "modules/tenants/tenants.h"
#include "modules/waitlist/waitlist.h"
#include "modules/zones/zones.h"

const struct module *const modules[] = { &tenants_module, &ledger_module, &locations_module, &identity_module, &taxes_module, &services_module, &clients_module, &orders_module, &reminders_module,
    &calendar_module, &series_module, &blocks_module, &telehealth_module, &booking_module, &flow_module, &zones_module, &notices_module, &waitlist_module, &feeds_module, &google_module, &audit_module, &demo_module, NULL };
