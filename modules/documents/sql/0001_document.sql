-- What was given to somebody on paper. A row holds everything that stands on it and is never changed; what was wrong is taken back by a credit note.
CREATE TABLE document (
    tenant_id UUID NOT NULL REFERENCES tenant (tenant_id),
    id UUID NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('invoice', 'receipt', 'credit_note')),
    year BIGINT NOT NULL,   -- of its series; 0: one series for ever
    serial BIGINT NOT NULL CHECK (serial >= 1),
    number TEXT NOT NULL,
    order_id UUID NOT NULL,
    payment_id UUID,        -- of a receipt
    of_id UUID,             -- the invoice that a credit note takes back
    of_number TEXT,
    client_id UUID,
    client_name TEXT,
    currency TEXT NOT NULL,
    tax_included BIGINT NOT NULL CHECK (tax_included IN (0, 1)),
    net_minor BIGINT NOT NULL CHECK (net_minor >= 0),
    tax_minor BIGINT NOT NULL CHECK (tax_minor >= 0),
    total_minor BIGINT NOT NULL CHECK (total_minor = net_minor + tax_minor),
    paid_minor BIGINT NOT NULL CHECK (paid_minor >= 0),     -- of the order, less what went back, when it was issued
    payment_minor BIGINT NOT NULL CHECK (payment_minor >= 0), -- of a receipt
    payment_method TEXT,
    payment_reference TEXT,
    paid_at BIGINT,
    issued_at BIGINT NOT NULL,
    issued_on BIGINT NOT NULL, -- the date at the clinic
    due_on BIGINT,
    reason TEXT,
    seller_name TEXT NOT NULL,
    seller_lines TEXT NOT NULL,
    buyer_lines TEXT NOT NULL,
    brand_color TEXT NOT NULL,
    locale TEXT NOT NULL,
    notes TEXT,
    legal_text TEXT,
    actor_kind TEXT NOT NULL,
    actor_id UUID,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, kind, year, serial),
    UNIQUE (tenant_id, number),
    FOREIGN KEY (tenant_id, order_id) REFERENCES client_order (tenant_id, id),
    FOREIGN KEY (tenant_id, payment_id) REFERENCES payment (tenant_id, id),
    FOREIGN KEY (tenant_id, of_id) REFERENCES document (tenant_id, id),
    CHECK ((kind = 'receipt') = (payment_id IS NOT NULL)),
    CHECK ((kind = 'credit_note') = (of_id IS NOT NULL))
);
CREATE UNIQUE INDEX document_one_invoice ON document (tenant_id, order_id) WHERE kind = 'invoice';
CREATE UNIQUE INDEX document_one_receipt ON document (tenant_id, payment_id) WHERE payment_id IS NOT NULL;
CREATE INDEX document_by_age ON document (tenant_id, issued_at, id);
CREATE INDEX document_by_order ON document (tenant_id, order_id, issued_at);
CREATE INDEX document_by_client ON document (tenant_id, client_id, issued_at);
CREATE INDEX document_of ON document (tenant_id, of_id) WHERE of_id IS NOT NULL;
CREATE TABLE document_line (
    tenant_id UUID NOT NULL,
    document_id UUID NOT NULL,
    position BIGINT NOT NULL CHECK (position >= 1), -- that of the order's line
    kind TEXT NOT NULL,
    ref_id UUID,
    description TEXT NOT NULL,
    quantity BIGINT NOT NULL,
    unit_minor BIGINT NOT NULL,
    discount_minor BIGINT NOT NULL,
    tax_name TEXT,
    tax_ppm BIGINT NOT NULL,
    tax_minor BIGINT NOT NULL CHECK (tax_minor >= 0),
    total_minor BIGINT NOT NULL CHECK (total_minor >= tax_minor),
    PRIMARY KEY (tenant_id, document_id, position),
    FOREIGN KEY (tenant_id, document_id) REFERENCES document (tenant_id, id)
);
-- The last number of each series, written in the commit that issues: whoever issues waits for the one before, and a commit that fails leaves no gap.
CREATE TABLE document_series (
    tenant_id UUID NOT NULL REFERENCES tenant (tenant_id),
    kind TEXT NOT NULL CHECK (kind IN ('invoice', 'receipt', 'credit_note')),
    year BIGINT NOT NULL,
    last BIGINT NOT NULL CHECK (last >= 0),
    used BIGINT NOT NULL CHECK (used IN (0, 1)), -- 0: only where it is to begin was said
    PRIMARY KEY (tenant_id, kind, year)
);
CREATE TABLE document_settings (
    tenant_id UUID NOT NULL PRIMARY KEY REFERENCES tenant (tenant_id),
    invoice_prefix TEXT NOT NULL,
    receipt_prefix TEXT NOT NULL,
    credit_note_prefix TEXT NOT NULL,
    yearly BIGINT NOT NULL CHECK (yearly IN (0, 1)),
    payment_days BIGINT NOT NULL CHECK (payment_days BETWEEN 0 AND 365),
    legal_name TEXT,
    tax_id TEXT,
    notes TEXT,
    legal_text TEXT,
    version BIGINT NOT NULL
);
