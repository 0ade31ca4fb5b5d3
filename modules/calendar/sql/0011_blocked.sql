-- Blocked time of a day is found from its end: most of it is short, so that the end lies near. What is longer than a claim may
-- be is little, and has an index of its own; so has what closes a whole place.
CREATE INDEX blocked_time_long ON blocked_time (tenant_id, ends_at) WHERE ends_at - starts_at > 129600000000;
CREATE INDEX blocked_time_of_places ON blocked_time (tenant_id, ends_at) WHERE kind = 'location';
