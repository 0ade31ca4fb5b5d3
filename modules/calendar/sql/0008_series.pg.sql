ALTER TABLE appointment ADD CONSTRAINT appointment_series FOREIGN KEY (tenant_id, series_id) REFERENCES series (tenant_id, id);
