/* calendar_money.c - see calendar_money.h. */
#include "modules/calendar/calendar_money.h"

const struct query Q_APPT_ORDER_SET = { .name = "calendar.appt_order_set", .args = "uu",
    .sql = "INSERT INTO appointment_order (tenant_id, appointment_id, order_id) VALUES ($1, $2, $3)"
           " ON CONFLICT (tenant_id, appointment_id) DO UPDATE SET order_id = excluded.order_id" };
const struct query Q_APPTS_OF_ORDER = { .name = "calendar.appts_of_order", .args = "u",
    .sql = "SELECT x.appointment_id AS id FROM appointment_order x LEFT JOIN appointment a ON a.tenant_id = x.tenant_id AND a.id = x.appointment_id"
           " WHERE x.tenant_id = $1 AND x.order_id = $2 ORDER BY a.starts_at, a.id LIMIT 200" };

enum rc appointments_set_order(struct tx *tx, struct id appointment, struct id order)
{
    return tx_run_query(tx, &Q_APPT_ORDER_SET, ARGS(U(appointment), U(order)));
}

enum rc appointments_of_order(struct tdb *db, struct id order, struct list *ids)
{
    static const struct field fields[] = { { .name = "id", .kind = K_ID }, F_END };
    static const struct shape shape = { .name = "appointment_of_order", .size = sizeof(struct id), .fields = fields };
    return db_list(db, &Q_APPTS_OF_ORDER, ARGS(U(order)), &shape, ORDER_APPOINTMENTS_MAX, ids);
}
