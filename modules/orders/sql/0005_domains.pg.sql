-- See core/db/sql/0002. That the clinic is there is said by the order's location.
CREATE DOMAIN order_state AS TEXT CHECK (VALUE IN ('open', 'paid', 'cancelled', 'expired'));
CREATE DOMAIN order_source AS TEXT CHECK (VALUE IN ('staff', 'public', 'portal', 'program'));
CREATE DOMAIN order_line_kind AS TEXT CHECK (VALUE IN ('service', 'product', 'package', 'top_up', 'fee', 'other'));
CREATE DOMAIN order_quantity AS BIGINT CHECK (VALUE BETWEEN 1 AND 10000);
CREATE DOMAIN ppm AS BIGINT CHECK (VALUE BETWEEN 0 AND 1000000);
CREATE DOMAIN payment_method AS TEXT CHECK (VALUE IN ('cash', 'terminal', 'transfer', 'card', 'wallet', 'other'));
CREATE DOMAIN payment_state AS TEXT CHECK (VALUE IN ('created', 'processing', 'succeeded', 'failed', 'expired'));
CREATE DOMAIN payment_dispute AS TEXT CHECK (VALUE IN ('none', 'open', 'won', 'lost'));
ALTER TABLE client_order
    DROP CONSTRAINT client_order_tenant_id_fkey, DROP CONSTRAINT client_order_state_check, DROP CONSTRAINT client_order_source_check,
    DROP CONSTRAINT client_order_tax_included_check, DROP CONSTRAINT client_order_gross_minor_check, DROP CONSTRAINT client_order_discount_minor_check,
    DROP CONSTRAINT client_order_tax_minor_check, DROP CONSTRAINT client_order_total_minor_check, DROP CONSTRAINT client_order_check,
    DROP CONSTRAINT client_order_paid_minor_check, DROP CONSTRAINT client_order_refunded_minor_check, DROP CONSTRAINT client_order_kept_minor_check,
    DROP CONSTRAINT client_order_invoiced_check, DROP CONSTRAINT client_order_check1, DROP CONSTRAINT client_order_check2, DROP CONSTRAINT client_order_check3,
    ALTER COLUMN state TYPE order_state, ALTER COLUMN source TYPE order_source, ALTER COLUMN tax_included TYPE flag, ALTER COLUMN invoiced TYPE flag,
    ALTER COLUMN gross_minor TYPE not_negative, ALTER COLUMN discount_minor TYPE not_negative, ALTER COLUMN tax_minor TYPE not_negative,
    ALTER COLUMN total_minor TYPE not_negative, ALTER COLUMN due_minor TYPE not_negative, ALTER COLUMN paid_minor TYPE not_negative,
    ALTER COLUMN refunded_minor TYPE not_negative, ALTER COLUMN kept_minor TYPE not_negative, ALTER COLUMN credited_minor TYPE not_negative;
CREATE FUNCTION client_order_holds(r client_order) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    RETURN r.due_minor <= r.total_minor AND r.credited_minor <= r.total_minor AND r.refunded_minor <= r.paid_minor AND r.kept_minor <= r.paid_minor;
END $$;
ALTER TABLE client_order ADD CONSTRAINT client_order_holds CHECK (client_order_holds(client_order));
ALTER TABLE client_order_line
    DROP CONSTRAINT client_order_line_position_check, DROP CONSTRAINT client_order_line_kind_check, DROP CONSTRAINT client_order_line_quantity_check,
    DROP CONSTRAINT client_order_line_unit_minor_check, DROP CONSTRAINT client_order_line_check, DROP CONSTRAINT client_order_line_tax_ppm_check,
    DROP CONSTRAINT client_order_line_tax_minor_check, DROP CONSTRAINT client_order_line_check1,
    ALTER COLUMN position TYPE positive, ALTER COLUMN kind TYPE order_line_kind, ALTER COLUMN quantity TYPE order_quantity, ALTER COLUMN unit_minor TYPE not_negative,
    ALTER COLUMN discount_minor TYPE not_negative, ALTER COLUMN tax_ppm TYPE ppm, ALTER COLUMN tax_minor TYPE not_negative;
CREATE FUNCTION client_order_line_holds(r client_order_line) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    RETURN r.discount_minor <= r.quantity * r.unit_minor AND r.total_minor >= r.tax_minor;
END $$;
ALTER TABLE client_order_line ADD CONSTRAINT client_order_line_holds CHECK (client_order_line_holds(client_order_line));
ALTER TABLE payment
    DROP CONSTRAINT payment_method_check, DROP CONSTRAINT payment_state_check, DROP CONSTRAINT payment_dispute_check, DROP CONSTRAINT payment_amount_minor_check,
    DROP CONSTRAINT payment_check, DROP CONSTRAINT payment_check1, DROP CONSTRAINT payment_check2, DROP CONSTRAINT payment_live_check,
    ALTER COLUMN method TYPE payment_method, ALTER COLUMN state TYPE payment_state, ALTER COLUMN dispute TYPE payment_dispute, ALTER COLUMN live TYPE flag,
    ALTER COLUMN amount_minor TYPE positive, ALTER COLUMN refunded_minor TYPE not_negative;
CREATE FUNCTION payment_holds(r payment) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    RETURN r.refunded_minor <= r.amount_minor AND (r.refunded_minor = 0 OR r.state = 'succeeded') AND (r.succeeded_at IS NOT NULL) = (r.state = 'succeeded');
END $$;
ALTER TABLE payment ADD CONSTRAINT payment_holds CHECK (payment_holds(payment));
