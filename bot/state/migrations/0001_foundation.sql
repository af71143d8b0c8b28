-- A Slack thread in which Baton takes part.
CREATE TABLE threads (
    key        text PRIMARY KEY,
    team       text NOT NULL,
    channel    text NOT NULL,
    ts         text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);

-- What Slack told us, committed before it is acknowledged; the two unique rules make a redelivery change nothing.
CREATE TABLE inbox (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind        text NOT NULL CHECK (kind IN ('message', 'click')),
    event_id    text NOT NULL UNIQUE,
    team        text NOT NULL,
    channel     text NOT NULL,
    ts          text,                      -- of the message; NULL for a click
    person      text NOT NULL,
    body        jsonb NOT NULL,
    received_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    UNIQUE (team, channel, ts)
);

-- One question and everything that is done about it, until the answer is posted.
CREATE TABLE runs (
    id          text PRIMARY KEY,
    thread_key  text NOT NULL REFERENCES threads (key),
    inbox_id    bigint REFERENCES inbox (id),
    requester   text NOT NULL,
    language    text NOT NULL DEFAULT 'en',
    agent       text NOT NULL,
    status      text NOT NULL CHECK (status IN ('ready', 'parked', 'answered', 'failed')),
    attempts    integer NOT NULL DEFAULT 0, -- of the segment under way; zero again when one ends well
    segment     bigint NOT NULL DEFAULT 0,  -- counts every start: a segment that another one overtook may not write
    parent_run  text REFERENCES runs (id),
    parent_call text,
    failure     text,
    created_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    ended_at    timestamptz
);
CREATE INDEX runs_in_thread ON runs (thread_key, created_at);

-- The conversation with the model. A run's own messages are numbered, so that two writers can't both continue it.
CREATE TABLE messages (
    run_id     text NOT NULL REFERENCES runs (id),
    seq        integer NOT NULL,
    role       text NOT NULL CHECK (role IN ('user', 'assistant', 'tool')),
    content    text NOT NULL,
    calls      jsonb NOT NULL DEFAULT '[]',
    call_id    text,
    sources    jsonb NOT NULL DEFAULT '[]',
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (run_id, seq)
);

-- A consequential call: the authority for its effect is this row and nothing else.
CREATE TABLE approvals (
    id          text PRIMARY KEY,
    number      bigint GENERATED ALWAYS AS IDENTITY UNIQUE, -- what people call it: P-12
    run_id      text NOT NULL REFERENCES runs (id),
    call_id     text NOT NULL,
    status      text NOT NULL CHECK (status IN ('pending', 'approved', 'executing', 'executed', 'failed', 'unknown',
                                                'rejected', 'expired', 'superseded', 'withdrawn', 'stale', 'denied')),
    tool        text NOT NULL,
    system      text,
    schema      text NOT NULL,               -- digest of the argument schema that validated them
    arguments   json NOT NULL,               -- json, not jsonb: sealed values keep their order and their digits
    preview     json NOT NULL,
    witness     json NOT NULL,
    requester   text NOT NULL,
    digest      text NOT NULL,               -- of all that is sealed
    rules       jsonb NOT NULL,              -- names of the rules that asked, or that allowed
    needs       jsonb NOT NULL,              -- [{"group": …, "count": …}]
    expires_at  timestamptz NOT NULL,
    claimed_by  bigint,                      -- the run's segment that claimed it
    claimed_at  timestamptz,
    receipt     json,
    reason      text,                        -- why it failed, was rejected or is unknown
    decided_by  text,                        -- the last person, or the rule, whose word moved it
    replaces    text REFERENCES approvals (id),
    undoes      text REFERENCES approvals (id),
    created_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    ended_at    timestamptz,
    UNIQUE (run_id, call_id)
);
CREATE INDEX approvals_open ON approvals (expires_at) WHERE status IN ('pending', 'approved');

-- One word a person about an approval.
CREATE TABLE decisions (
    approval_id text NOT NULL REFERENCES approvals (id),
    person      text NOT NULL,
    verdict     text NOT NULL CHECK (verdict IN ('approve', 'reject', 'done', 'not_done')),
    groups      jsonb NOT NULL DEFAULT '[]', -- for which of the asked groups this person spoke
    received_at timestamptz NOT NULL,
    PRIMARY KEY (approval_id, person, verdict)
);

-- What people see: every message of Baton's, written in the transaction that made it true.
CREATE TABLE posts (
    id          text PRIMARY KEY,
    kind        text NOT NULL CHECK (kind IN ('answer', 'notice', 'private', 'card', 'mirror')),
    run_id      text REFERENCES runs (id),
    approval_id text REFERENCES approvals (id),
    channel     text NOT NULL,
    thread_ts   text,
    person      text,                        -- who alone sees a 'private' one
    body        jsonb NOT NULL DEFAULT '{}',
    status      text NOT NULL DEFAULT 'due' CHECK (status IN ('due', 'sending', 'sent', 'refused')),
    ts          text,
    painted     text,                        -- digest of what Slack shows now
    error       text,
    created_at  timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX posts_of_approval ON posts (approval_id);
CREATE INDEX posts_open ON posts (created_at) WHERE status IN ('due', 'sending');

-- Every decision and effect, in the transaction that made it; rows can only be added.
CREATE TABLE audit (
    seq         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at          timestamptz NOT NULL DEFAULT clock_timestamp(),
    type        text NOT NULL,
    run_id      text,
    approval_id text,
    actor       text NOT NULL,               -- a person's id, 'rule:<name>' or 'baton'
    data        jsonb NOT NULL DEFAULT '{}'
);
CREATE INDEX audit_of_run ON audit (run_id, seq);

CREATE FUNCTION audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit table is append-only: % refused', TG_OP;
END $$;
CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit
    FOR EACH STATEMENT EXECUTE FUNCTION audit_is_append_only();
