ALTER TABLE package_visit ADD FOREIGN KEY (tenant_id, appointment_id) REFERENCES appointment (tenant_id, id);
