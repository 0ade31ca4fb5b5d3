-- Who says that an address is theirs: asked for by whoever types it, whether the clinic knows it or not. The code in the mail follows from the id
-- under the program's key: nothing secret is stored. proved_until: since when the code was given, until when that opens something.
CREATE TABLE booking_proof (
    tenant_id UUID NOT NULL REFERENCES tenant (tenant_id),
    id UUID NOT NULL,
    email TEXT NOT NULL,
    tries BIGINT NOT NULL CHECK (tries >= 0 AND tries <= 5),
    expires_at BIGINT NOT NULL,
    proved_until BIGINT,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
CREATE INDEX booking_proof_by_email ON booking_proof (tenant_id, email, created_at);
CREATE INDEX booking_proof_by_age ON booking_proof (created_at);
