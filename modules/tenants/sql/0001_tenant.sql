-- A tenant: one clinic or a group of them. Its key is called tenant_id like everybody's reference to it.
CREATE TABLE tenant (
    tenant_id UUID NOT NULL PRIMARY KEY,
    slug TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    time_zone TEXT NOT NULL,
    currency TEXT NOT NULL,
    locale TEXT NOT NULL,
    brand_color TEXT NOT NULL,
    phone TEXT,
    email TEXT,
    website TEXT,
    address TEXT,
    booking_enabled BIGINT NOT NULL CHECK (booking_enabled IN (0, 1)),
    booking_min_notice_min BIGINT NOT NULL CHECK (booking_min_notice_min >= 0),
    booking_horizon_days BIGINT NOT NULL CHECK (booking_horizon_days >= 1),
    cancel_notice_min BIGINT NOT NULL CHECK (cancel_notice_min >= 0),
    move_notice_min BIGINT NOT NULL CHECK (move_notice_min >= 0),
    hold_minutes BIGINT NOT NULL CHECK (hold_minutes >= 1),
    week_start BIGINT NOT NULL CHECK (week_start BETWEEN 1 AND 7),
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL
);
