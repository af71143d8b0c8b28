-- Asked at every message and every edit in a channel, whoever it is for: whether it is about a question.
CREATE INDEX IF NOT EXISTS inbox_changed ON inbox (team, channel, (body->>'ts')) WHERE kind IN ('edit', 'delete');
CREATE INDEX IF NOT EXISTS runs_of_inbox ON runs (inbox_id);
