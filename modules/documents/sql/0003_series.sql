-- Where a series begins, so that a proof sees whether its first number is there.
ALTER TABLE document_series ADD COLUMN first_serial BIGINT NOT NULL DEFAULT 1;
UPDATE document_series SET first_serial = last + 1 WHERE used = 0;
UPDATE document_series SET first_serial = (SELECT MIN(d.serial) FROM document d WHERE d.tenant_id = document_series.tenant_id AND d.kind = document_series.kind AND d.year = document_series.year)
 WHERE EXISTS (SELECT 1 FROM document d WHERE d.tenant_id = document_series.tenant_id AND d.kind = document_series.kind AND d.year = document_series.year);
-- Which payments get a receipt by themselves is a matter of orders.
INSERT INTO order_settings (tenant_id, receipts_online, receipts_desk) SELECT tenant_id, receipts_online, receipts_desk FROM document_settings;
ALTER TABLE document_settings DROP COLUMN receipts_online;
ALTER TABLE document_settings DROP COLUMN receipts_desk;
