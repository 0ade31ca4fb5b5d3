ALTER TABLE document_settings ADD COLUMN receipts_online BIGINT NOT NULL DEFAULT 1 CHECK (receipts_online IN (0, 1)); -- what is paid without the staff gets its receipt by mail
ALTER TABLE document_settings ADD COLUMN receipts_desk BIGINT NOT NULL DEFAULT 0 CHECK (receipts_desk IN (0, 1));
UPDATE client_order SET credited_minor = (SELECT SUM(c.total_minor) FROM document c WHERE c.tenant_id = client_order.tenant_id AND c.order_id = client_order.id AND c.kind = 'credit_note')
 WHERE EXISTS (SELECT 1 FROM document c WHERE c.tenant_id = client_order.tenant_id AND c.order_id = client_order.id AND c.kind = 'credit_note');
