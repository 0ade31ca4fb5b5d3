-- Which order pays for an appointment stands in its row: one row less to write and to read. An order may be of several appointments (a visit, a series).
ALTER TABLE appointment ADD COLUMN order_id UUID;
UPDATE appointment SET order_id = (SELECT x.order_id FROM appointment_order x WHERE x.tenant_id = appointment.tenant_id AND x.appointment_id = appointment.id)
 WHERE EXISTS (SELECT 1 FROM appointment_order x WHERE x.tenant_id = appointment.tenant_id AND x.appointment_id = appointment.id);
DROP TABLE appointment_order;
CREATE INDEX appointment_by_order ON appointment (tenant_id, order_id) WHERE order_id IS NOT NULL;
