-- See core/db/sql/0002.
CREATE DOMAIN ledger_kind AS TEXT CHECK (VALUE IN ('asset', 'liability', 'income', 'expense'));
CREATE DOMAIN ledger_floor AS TEXT CHECK (VALUE IN ('none', 'debits_must_not_exceed_credits', 'credits_must_not_exceed_debits'));
CREATE DOMAIN ledger_stripe_no AS BIGINT CHECK (VALUE BETWEEN 0 AND 15);
CREATE DOMAIN ledger_phase AS TEXT CHECK (VALUE IN ('single', 'pending', 'post', 'void', 'expire', 'reversal'));
CREATE DOMAIN ledger_amount AS BIGINT CHECK (VALUE BETWEEN 1 AND 1000000000000000);
DROP TRIGGER ledger_account_keeps ON ledger_account;
ALTER TABLE ledger_account
    DROP CONSTRAINT ledger_account_kind_check, DROP CONSTRAINT ledger_account_floor_check, DROP CONSTRAINT ledger_account_spread_check, DROP CONSTRAINT ledger_account_closed_check,
    DROP CONSTRAINT ledger_account_debits_pending_check, DROP CONSTRAINT ledger_account_debits_posted_check, DROP CONSTRAINT ledger_account_credits_pending_check,
    DROP CONSTRAINT ledger_account_credits_posted_check, DROP CONSTRAINT ledger_account_check, DROP CONSTRAINT ledger_account_check1, DROP CONSTRAINT ledger_account_check2,
    ALTER COLUMN kind TYPE ledger_kind, ALTER COLUMN floor TYPE ledger_floor, ALTER COLUMN spread TYPE flag, ALTER COLUMN closed TYPE flag,
    ALTER COLUMN debits_pending TYPE not_negative, ALTER COLUMN debits_posted TYPE not_negative, ALTER COLUMN credits_pending TYPE not_negative,
    ALTER COLUMN credits_posted TYPE not_negative;
CREATE FUNCTION ledger_account_holds(r ledger_account) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    RETURN (r.floor <> 'debits_must_not_exceed_credits' OR r.debits_pending + r.debits_posted <= r.credits_posted)
        AND (r.floor <> 'credits_must_not_exceed_debits' OR r.credits_pending + r.credits_posted <= r.debits_posted) AND (r.spread = 0 OR r.floor = 'none');
END $$;
ALTER TABLE ledger_account ADD CONSTRAINT ledger_account_holds CHECK (ledger_account_holds(ledger_account));
CREATE TRIGGER ledger_account_keeps BEFORE UPDATE OF tenant_id, id, code, book, kind, unit, floor, spread, created_at ON ledger_account
    FOR EACH ROW EXECUTE FUNCTION ledger_account_keeps();
ALTER TABLE ledger_stripe DROP CONSTRAINT ledger_stripe_stripe_check, ALTER COLUMN stripe TYPE ledger_stripe_no;
ALTER TABLE ledger_transfer DROP CONSTRAINT ledger_transfer_phase_check, DROP CONSTRAINT ledger_transfer_amount_check, DROP CONSTRAINT ledger_transfer_check,
    DROP CONSTRAINT ledger_transfer_check1, DROP CONSTRAINT ledger_transfer_check2, DROP CONSTRAINT ledger_transfer_check3, DROP CONSTRAINT ledger_transfer_check4,
    ALTER COLUMN phase TYPE ledger_phase, ALTER COLUMN amount TYPE ledger_amount;
CREATE FUNCTION ledger_transfer_holds(r ledger_transfer) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    RETURN r.debit_account_id <> r.credit_account_id AND (r.phase IN ('single', 'pending')) = (r.of_id IS NULL) AND (r.of_id IS NULL) = (r.of_amount IS NULL)
        AND (r.of_amount IS NULL OR r.amount = r.of_amount OR (r.phase = 'post' AND r.amount < r.of_amount)) AND (r.expires_at IS NULL OR r.phase = 'pending');
END $$;
ALTER TABLE ledger_transfer ADD CONSTRAINT ledger_transfer_holds CHECK (ledger_transfer_holds(ledger_transfer));
