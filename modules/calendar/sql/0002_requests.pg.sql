ALTER TABLE appointment DROP CONSTRAINT appointment_status_check, ADD CONSTRAINT appointment_status_check CHECK (status IN ('pending_payment',
    'scheduled', 'confirmed', 'checked_in', 'in_progress', 'completed', 'cancelled', 'no_show', 'expired', 'requested', 'declined'));
