-- Which order pays for an appointment: at most one. An order may be of several appointments (a visit, a series).
CREATE TABLE appointment_order (
    tenant_id UUID NOT NULL,
    appointment_id UUID NOT NULL,
    order_id UUID NOT NULL,
    PRIMARY KEY (tenant_id, appointment_id),
    FOREIGN KEY (tenant_id, appointment_id) REFERENCES appointment (tenant_id, id),
    FOREIGN KEY (tenant_id, order_id) REFERENCES client_order (tenant_id, id)
);
CREATE INDEX appointment_order_by_order ON appointment_order (tenant_id, order_id);
