-- Version 2: a repeated request is found by one look into an index.

-- Hash of the normalised request (see repeat.rs); absent where nothing may be offered again.
ALTER TABLE entry ADD COLUMN request_key INTEGER;
CREATE INDEX entry_by_request ON entry(request_key, shell, platform, time) WHERE request_key IS NOT NULL;
