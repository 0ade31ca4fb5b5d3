-- When the mail of an offer goes out: at once, or after the quiet hours.
ALTER TABLE waitlist_offer ADD COLUMN sends_at BIGINT NOT NULL DEFAULT 0;
CREATE INDEX waitlist_offer_by_start ON waitlist_offer (tenant_id, starts_at, id);
