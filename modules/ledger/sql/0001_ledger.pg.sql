-- A movement between two accounts: written once, never changed. xact and seq are the order in which it is sealed.
CREATE TABLE ledger_transfer (
    seq BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    xact BIGINT NOT NULL DEFAULT (pg_current_xact_id()::text::bigint),
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    phase TEXT NOT NULL CHECK (phase IN ('single', 'pending', 'post', 'void', 'expire', 'reversal')),
    debit_account_id UUID NOT NULL,
    credit_account_id UUID NOT NULL,
    unit TEXT NOT NULL,
    amount BIGINT NOT NULL CHECK (amount BETWEEN 1 AND 1000000000000000),
    of_id UUID,
    of_amount BIGINT,
    expires_at BIGINT,
    cause TEXT NOT NULL,
    cause_id UUID,
    reason TEXT,
    actor_kind TEXT NOT NULL,
    actor_id UUID,
    created_at BIGINT NOT NULL,
    mac UUID NOT NULL,
    UNIQUE (tenant_id, id),
    FOREIGN KEY (tenant_id, debit_account_id, unit) REFERENCES ledger_account (tenant_id, id, unit),
    FOREIGN KEY (tenant_id, credit_account_id, unit) REFERENCES ledger_account (tenant_id, id, unit),
    FOREIGN KEY (tenant_id, of_id) REFERENCES ledger_transfer (tenant_id, id),
    CHECK (debit_account_id <> credit_account_id),
    CHECK ((phase IN ('single', 'pending')) = (of_id IS NULL)),
    CHECK ((of_id IS NULL) = (of_amount IS NULL)),
    CHECK (of_amount IS NULL OR amount = of_amount OR (phase = 'post' AND amount < of_amount)),
    CHECK (expires_at IS NULL OR phase = 'pending')
);
CREATE INDEX ledger_transfer_order ON ledger_transfer (tenant_id, xact, seq);
CREATE INDEX ledger_transfer_debit ON ledger_transfer (tenant_id, debit_account_id, created_at, id);
CREATE INDEX ledger_transfer_credit ON ledger_transfer (tenant_id, credit_account_id, created_at, id);
CREATE INDEX ledger_transfer_cause ON ledger_transfer (tenant_id, cause_id) WHERE cause_id IS NOT NULL;
CREATE INDEX ledger_transfer_expiry ON ledger_transfer (tenant_id, expires_at) WHERE expires_at IS NOT NULL;
CREATE UNIQUE INDEX ledger_transfer_of ON ledger_transfer (tenant_id, of_id) WHERE of_id IS NOT NULL;
CREATE TRIGGER ledger_transfer_no_change BEFORE UPDATE OR DELETE ON ledger_transfer FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER ledger_transfer_no_truncate BEFORE TRUNCATE ON ledger_transfer FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER ledger_seal_no_change BEFORE UPDATE OR DELETE ON ledger_seal FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER ledger_seal_no_truncate BEFORE TRUNCATE ON ledger_seal FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE FUNCTION ledger_account_keeps() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.tenant_id, NEW.id, NEW.code, NEW.book, NEW.kind, NEW.unit, NEW.floor, NEW.spread, NEW.created_at)
        IS DISTINCT FROM (OLD.tenant_id, OLD.id, OLD.code, OLD.book, OLD.kind, OLD.unit, OLD.floor, OLD.spread, OLD.created_at) THEN
        RAISE EXCEPTION 'an account stays what it is';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER ledger_account_keeps BEFORE UPDATE OF tenant_id, id, code, book, kind, unit, floor, spread, created_at ON ledger_account
    FOR EACH ROW EXECUTE FUNCTION ledger_account_keeps();
CREATE TRIGGER ledger_account_no_delete BEFORE DELETE ON ledger_account FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER ledger_account_no_truncate BEFORE TRUNCATE ON ledger_account FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
