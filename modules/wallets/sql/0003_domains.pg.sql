-- See core/db/sql/0002.
ALTER TABLE wallet_use DROP CONSTRAINT wallet_use_amount_minor_check, DROP CONSTRAINT wallet_use_check,
    ALTER COLUMN amount_minor TYPE positive, ALTER COLUMN returned_minor TYPE not_negative, ADD CONSTRAINT wallet_use_sums CHECK (returned_minor <= amount_minor);
ALTER TABLE wallet_use_line DROP CONSTRAINT wallet_use_line_amount_minor_check, ALTER COLUMN amount_minor TYPE positive;
