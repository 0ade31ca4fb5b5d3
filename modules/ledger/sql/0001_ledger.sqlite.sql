-- A movement between two accounts: written once, never changed. seq is the order in which it is sealed: with one writer, that of the commits.
CREATE TABLE ledger_transfer (
    seq INTEGER PRIMARY KEY,
    xact INTEGER NOT NULL DEFAULT 0 CHECK (xact = 0), -- there to be asked for in the same words as on the other engine
    tenant_id BLOB NOT NULL,
    id BLOB NOT NULL,
    phase TEXT NOT NULL CHECK (phase IN ('single', 'pending', 'post', 'void', 'expire', 'reversal')),
    debit_account_id BLOB NOT NULL,
    credit_account_id BLOB NOT NULL,
    unit TEXT NOT NULL,
    amount INTEGER NOT NULL CHECK (amount BETWEEN 1 AND 1000000000000000),
    of_id BLOB,
    of_amount INTEGER,
    expires_at INTEGER,
    cause TEXT NOT NULL,
    cause_id BLOB,
    reason TEXT,
    actor_kind TEXT NOT NULL,
    actor_id BLOB,
    created_at INTEGER NOT NULL,
    mac BLOB NOT NULL,
    UNIQUE (tenant_id, id),
    FOREIGN KEY (tenant_id, debit_account_id, unit) REFERENCES ledger_account (tenant_id, id, unit),
    FOREIGN KEY (tenant_id, credit_account_id, unit) REFERENCES ledger_account (tenant_id, id, unit),
    FOREIGN KEY (tenant_id, of_id) REFERENCES ledger_transfer (tenant_id, id),
    CHECK (debit_account_id <> credit_account_id),
    CHECK ((phase IN ('single', 'pending')) = (of_id IS NULL)),
    CHECK ((of_id IS NULL) = (of_amount IS NULL)),
    CHECK (of_amount IS NULL OR amount = of_amount OR (phase = 'post' AND amount < of_amount)),
    CHECK (expires_at IS NULL OR phase = 'pending')
) STRICT;
CREATE INDEX ledger_transfer_order ON ledger_transfer (tenant_id, xact); -- and seq, the row itself
CREATE INDEX ledger_transfer_debit ON ledger_transfer (tenant_id, debit_account_id, created_at, id);
CREATE INDEX ledger_transfer_credit ON ledger_transfer (tenant_id, credit_account_id, created_at, id);
CREATE INDEX ledger_transfer_cause ON ledger_transfer (tenant_id, cause_id) WHERE cause_id IS NOT NULL;
CREATE INDEX ledger_transfer_expiry ON ledger_transfer (tenant_id, expires_at) WHERE expires_at IS NOT NULL;
CREATE UNIQUE INDEX ledger_transfer_of ON ledger_transfer (tenant_id, of_id) WHERE of_id IS NOT NULL;
CREATE TRIGGER ledger_transfer_no_update BEFORE UPDATE ON ledger_transfer BEGIN SELECT RAISE(ABORT, 'ledger_transfer is immutable'); END;
CREATE TRIGGER ledger_transfer_no_delete BEFORE DELETE ON ledger_transfer BEGIN SELECT RAISE(ABORT, 'ledger_transfer is immutable'); END;
CREATE TRIGGER ledger_seal_no_update BEFORE UPDATE ON ledger_seal BEGIN SELECT RAISE(ABORT, 'ledger_seal is immutable'); END;
CREATE TRIGGER ledger_seal_no_delete BEFORE DELETE ON ledger_seal BEGIN SELECT RAISE(ABORT, 'ledger_seal is immutable'); END;
CREATE TRIGGER ledger_account_keeps BEFORE UPDATE OF tenant_id, id, code, book, kind, unit, floor, spread, created_at ON ledger_account
BEGIN SELECT RAISE(ABORT, 'an account stays what it is'); END;
CREATE TRIGGER ledger_account_no_delete BEFORE DELETE ON ledger_account BEGIN SELECT RAISE(ABORT, 'ledger_account is immutable'); END;
