-- Who may join the waitlist, whether freed time is offered by itself, for how long, how long before, and to whom first.
ALTER TABLE tenant ADD COLUMN waitlist_public BIGINT NOT NULL DEFAULT 1 CHECK (waitlist_public IN (0, 1));
ALTER TABLE tenant ADD COLUMN waitlist_auto BIGINT NOT NULL DEFAULT 1 CHECK (waitlist_auto IN (0, 1));
ALTER TABLE tenant ADD COLUMN waitlist_offer_min BIGINT NOT NULL DEFAULT 120 CHECK (waitlist_offer_min BETWEEN 5 AND 2880);
ALTER TABLE tenant ADD COLUMN waitlist_notice_min BIGINT NOT NULL DEFAULT 60 CHECK (waitlist_notice_min BETWEEN 0 AND 43200);
ALTER TABLE tenant ADD COLUMN waitlist_order TEXT NOT NULL DEFAULT 'urgent' CHECK (waitlist_order IN ('urgent', 'waiting', 'longest'));
