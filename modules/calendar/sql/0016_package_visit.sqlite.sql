CREATE TABLE package_visit_anew (
    tenant_id BLOB NOT NULL,
    appointment_id BLOB NOT NULL,
    bucket_id BLOB NOT NULL,
    used INTEGER NOT NULL CHECK (used IN (0, 1)),
    turn INTEGER NOT NULL CHECK (turn >= 1),
    changed_at INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, appointment_id),
    FOREIGN KEY (tenant_id, appointment_id) REFERENCES appointment (tenant_id, id),
    FOREIGN KEY (tenant_id, bucket_id) REFERENCES wallet_bucket (tenant_id, id)
) STRICT;
INSERT INTO package_visit_anew (tenant_id, appointment_id, bucket_id, used, turn, changed_at)
    SELECT tenant_id, appointment_id, bucket_id, used, turn, changed_at FROM package_visit;
DROP TABLE package_visit;
ALTER TABLE package_visit_anew RENAME TO package_visit;
