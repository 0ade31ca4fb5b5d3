-- How many bookings one client may make online, all services together; NULL: no limit.
ALTER TABLE tenant ADD COLUMN max_per_client_day BIGINT CHECK (max_per_client_day >= 1);
ALTER TABLE tenant ADD COLUMN max_per_client_week BIGINT CHECK (max_per_client_week >= 1);
ALTER TABLE tenant ADD COLUMN max_per_client_open BIGINT CHECK (max_per_client_open >= 1);
