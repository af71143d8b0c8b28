-- What is switched off, by whom and why. While a row is here, `claim` gives nothing to what it covers.
CREATE TABLE pauses (
    kind   text NOT NULL CHECK (kind IN ('all', 'agent', 'tool')),
    name   text NOT NULL CHECK ((name = '') = (kind = 'all')), -- of the agent or the tool
    by     text NOT NULL,                                      -- a person's id, or 'operator'
    reason text,
    at     timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (kind, name)
);

-- Whom Baton has told what it is.
CREATE TABLE greeted (
    person text PRIMARY KEY,
    at     timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- Calls that only read; effects stand in `approvals`.
CREATE TABLE readings (
    tool    text NOT NULL,
    at      timestamptz NOT NULL DEFAULT clock_timestamp(),
    failure text
);
CREATE INDEX readings_of_tool ON readings (tool, at);

-- What a person's Home shows.
CREATE INDEX runs_of_person ON runs (requester, created_at);
CREATE INDEX approvals_of_person ON approvals (requester, ended_at);
CREATE INDEX approvals_of_tool ON approvals (tool, claimed_at);
CREATE INDEX decisions_of_person ON decisions (person);
