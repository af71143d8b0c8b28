-- Where a result came from, when it was read, and what was left out of it; NULL where a message is no look-up's result.
ALTER TABLE messages ADD COLUMN provenance jsonb;
