-- Which payments get their receipt by themselves: asked for with each payment, and set with what documents carry. No row: those that are made online.
CREATE TABLE order_settings (
    tenant_id UUID NOT NULL PRIMARY KEY REFERENCES tenant (tenant_id),
    receipts_online BIGINT NOT NULL CHECK (receipts_online IN (0, 1)), -- what is paid without the staff
    receipts_desk BIGINT NOT NULL CHECK (receipts_desk IN (0, 1))
);
