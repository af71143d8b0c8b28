-- A file that somebody put into a thread: what Slack says of it, and what was read in it.
CREATE TABLE files (
    id         text PRIMARY KEY,
    thread_key text NOT NULL REFERENCES threads (key),
    slack_id   text NOT NULL,
    run_id     text REFERENCES runs (id), -- of the question that it came with; NULL: it came with words for others
    name       text NOT NULL,
    type       text NOT NULL,
    size       bigint NOT NULL,
    url        text NOT NULL,             -- empty where Slack wants to be asked for it
    state      text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'read', 'unreadable')),
    kind       text NOT NULL DEFAULT '',
    extent     text NOT NULL DEFAULT '',  -- how much it is, such as "3 pages"
    text       text NOT NULL DEFAULT '',
    left_out   jsonb NOT NULL DEFAULT '[]',
    problem    text NOT NULL DEFAULT '',  -- why it could not be read
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    UNIQUE (thread_key, slack_id)
);

-- A thread that was there before Baton: what it holds has to be asked of Slack, once.
ALTER TABLE threads ADD COLUMN looked_back boolean NOT NULL DEFAULT true;

-- Asked in a channel that other companies see: who cannot be told from a colleague is not taken for one.
ALTER TABLE runs ADD COLUMN shared boolean NOT NULL DEFAULT false;

-- Who heard that Baton does not answer people from outside, in which thread: it is said once.
CREATE TABLE refusals (
    thread_key text NOT NULL REFERENCES threads (key),
    person     text NOT NULL,
    PRIMARY KEY (thread_key, person)
);
