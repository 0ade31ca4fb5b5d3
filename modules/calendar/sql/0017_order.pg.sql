ALTER TABLE appointment ADD CONSTRAINT appointment_order FOREIGN KEY (tenant_id, order_id) REFERENCES client_order (tenant_id, id);
