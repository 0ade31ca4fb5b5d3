ALTER TABLE payment ADD FOREIGN KEY (tenant_id, till_session_id) REFERENCES till_session (tenant_id, id);
ALTER TABLE refund ADD FOREIGN KEY (tenant_id, till_session_id) REFERENCES till_session (tenant_id, id);
