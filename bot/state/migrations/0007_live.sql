-- A message that grows while a segment works, until its run has something to say in its place.
ALTER TABLE posts DROP CONSTRAINT posts_status_check;
ALTER TABLE posts ADD CONSTRAINT posts_status_check CHECK (status IN ('live', 'due', 'sending', 'sent', 'refused'));
ALTER TABLE posts ADD COLUMN grew boolean NOT NULL DEFAULT false;
CREATE UNIQUE INDEX posts_live ON posts (run_id) WHERE status = 'live';

-- Who stopped the work on a question: its author, who pressed Stop, edited or deleted it.
ALTER TABLE runs ADD COLUMN stopped_by text, ADD COLUMN stopped_how text CHECK (stopped_how IN ('stop', 'edit', 'delete'));
CREATE INDEX runs_at_work ON runs (thread_key) WHERE status IN ('ready', 'parked');

ALTER TABLE inbox DROP CONSTRAINT inbox_kind_check;
ALTER TABLE inbox ADD CONSTRAINT inbox_kind_check CHECK (kind IN ('message', 'click', 'stop', 'edit', 'delete'));

-- What Slack was last told about a thread's session.
ALTER TABLE threads ADD COLUMN session text;
