-- Who books and pays (client), and who is treated (patient). *_folded and phone_digits are what search looks at.
CREATE TABLE client (
    tenant_id UUID NOT NULL REFERENCES tenant (tenant_id),
    id UUID NOT NULL,
    name TEXT NOT NULL,
    name_folded TEXT NOT NULL,
    email TEXT,
    phone TEXT,
    phone_digits TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('lead', 'active', 'inactive', 'blocked')),
    source TEXT,
    notes TEXT,
    date_of_birth BIGINT,
    address TEXT,
    time_zone TEXT,
    locale TEXT,
    visits BIGINT NOT NULL,
    no_shows BIGINT NOT NULL,
    cancellations BIGINT NOT NULL,
    last_visit_at BIGINT,
    next_visit_at BIGINT,
    deleted_at BIGINT,
    purged_at BIGINT,
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
-- One for each order of the list. The columns at the end are carried so that a page is chosen from the index alone; 0 for
-- "never", because the two engines sort NULLs differently.
CREATE INDEX client_by_name ON client (tenant_id, name_folded, id, status, deleted_at) WHERE deleted_at IS NULL;
CREATE INDEX client_by_age ON client (tenant_id, created_at, id, status, deleted_at) WHERE deleted_at IS NULL;
CREATE INDEX client_by_visit ON client (tenant_id, (COALESCE(last_visit_at, 0)), id, status, deleted_at, last_visit_at) WHERE deleted_at IS NULL;
CREATE INDEX client_by_email ON client (tenant_id, email);
CREATE INDEX client_by_phone ON client (tenant_id, phone_digits);
CREATE INDEX client_deleted ON client (tenant_id, deleted_at) WHERE deleted_at IS NOT NULL AND purged_at IS NULL;
CREATE INDEX client_to_purge ON client (deleted_at, tenant_id, id) WHERE deleted_at IS NOT NULL AND purged_at IS NULL;
-- One row for each word of a name and for the last digits of a number: search is a prefix of a word, by index.
CREATE TABLE client_term (
    tenant_id UUID NOT NULL,
    term TEXT NOT NULL,
    client_id UUID NOT NULL,
    PRIMARY KEY (tenant_id, term, client_id),
    FOREIGN KEY (tenant_id, client_id) REFERENCES client (tenant_id, id)
);
CREATE INDEX client_term_by_client ON client_term (tenant_id, client_id, term);
CREATE TABLE patient (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    client_id UUID NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('self', 'dependant', 'animal')),
    name TEXT NOT NULL,
    date_of_birth BIGINT,
    sex TEXT,
    species TEXT,
    breed TEXT,
    chip TEXT,
    notes TEXT,
    archived BIGINT NOT NULL CHECK (archived IN (0, 1)),
    version BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, client_id) REFERENCES client (tenant_id, id)
);
CREATE INDEX patient_by_client ON patient (tenant_id, client_id);
