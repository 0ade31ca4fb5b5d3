-- What a clinic may ask of a booking: its word (approval), limits for one client, notice, answers; and who gets what is left
-- to the clinic (priority, weight; since_at: a newcomer is not flooded with what others had before).
ALTER TABLE service ADD COLUMN approval_required BIGINT NOT NULL DEFAULT 0 CHECK (approval_required IN (0, 1));
ALTER TABLE service ADD COLUMN approval_holds_time BIGINT NOT NULL DEFAULT 1 CHECK (approval_holds_time IN (0, 1));
ALTER TABLE service ADD COLUMN approval_expires_after_min BIGINT NOT NULL DEFAULT 1440 CHECK (approval_expires_after_min >= 1);
ALTER TABLE service ADD COLUMN move_notice_min BIGINT CHECK (move_notice_min >= 0);
ALTER TABLE service ADD COLUMN cancel_notice_min BIGINT CHECK (cancel_notice_min >= 0);
ALTER TABLE service ADD COLUMN max_per_client_day BIGINT CHECK (max_per_client_day >= 1);
ALTER TABLE service ADD COLUMN max_per_client_week BIGINT CHECK (max_per_client_week >= 1);
ALTER TABLE service ADD COLUMN max_per_client_open BIGINT CHECK (max_per_client_open >= 1);
ALTER TABLE service ADD COLUMN question_count BIGINT NOT NULL DEFAULT 0;
ALTER TABLE service_provider ADD COLUMN priority BIGINT NOT NULL DEFAULT 2 CHECK (priority BETWEEN 0 AND 4);
ALTER TABLE service_provider ADD COLUMN weight BIGINT NOT NULL DEFAULT 100 CHECK (weight BETWEEN 0 AND 1000);
ALTER TABLE service_provider ADD COLUMN since_at BIGINT NOT NULL DEFAULT 0;
CREATE TABLE service_question (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    service_id UUID NOT NULL,
    position BIGINT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('text', 'long_text', 'choice', 'multi_choice', 'number', 'date', 'yes_no', 'consent')),
    text TEXT NOT NULL,
    help TEXT,
    required BIGINT NOT NULL CHECK (required IN (0, 1)),
    choices TEXT, -- one a line
    lowest BIGINT,
    highest BIGINT,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, service_id) REFERENCES service (tenant_id, id)
);
CREATE INDEX service_question_by_service ON service_question (tenant_id, service_id, position);
