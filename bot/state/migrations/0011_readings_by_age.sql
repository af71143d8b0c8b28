-- Looked at every few seconds: which readings are old enough to be forgotten.
CREATE INDEX readings_by_age ON readings (at);
