-- What a company's rules ask beside who decides; who wrote a proposal; what replaced it.
ALTER TABLE approvals
    ADD COLUMN authors     jsonb,       -- the requester and every editor: they don't approve
    ADD COLUMN terms       jsonb NOT NULL DEFAULT '{}', -- what the asking rules say beside who
    ADD COLUMN policy      text,                        -- hash of the policy that decided how it is decided
    ADD COLUMN held_until  timestamptz,                 -- approved, and a rule lets it wait
    ADD COLUMN remind_at   timestamptz,
    ADD COLUMN escalate_at timestamptz;
ALTER TABLE approvals ALTER COLUMN authors TYPE jsonb USING jsonb_build_array(requester);
ALTER TABLE approvals ALTER COLUMN authors SET NOT NULL;

CREATE INDEX approvals_of_run ON approvals (run_id, number);
CREATE INDEX audit_of_type ON audit (type, seq);

-- One live proposal for a call: what was edited, or whose facts changed, gave way to another row.
ALTER TABLE approvals DROP CONSTRAINT approvals_run_id_call_id_key;
CREATE UNIQUE INDEX approvals_of_call ON approvals (run_id, call_id) WHERE status NOT IN ('superseded', 'stale');
CREATE UNIQUE INDEX approvals_replaced_once ON approvals (replaces) WHERE replaces IS NOT NULL;
CREATE UNIQUE INDEX approvals_undone_once ON approvals (undoes)
    WHERE status IN ('pending', 'approved', 'executing', 'executed', 'unknown');
CREATE INDEX approvals_to_remind ON approvals (remind_at) WHERE status = 'pending';
CREATE INDEX approvals_to_escalate ON approvals (escalate_at) WHERE status = 'pending';

ALTER TABLE decisions
    ADD COLUMN principal text,  -- for whom the person spoke: another one, when that one is away
    ADD COLUMN reason    text;
UPDATE decisions SET principal = person;
ALTER TABLE decisions ALTER COLUMN principal SET NOT NULL;

-- Which proposals a card shows: several of one turn stand on one card.
CREATE TABLE shown (
    post_id     text NOT NULL REFERENCES posts (id),
    approval_id text NOT NULL REFERENCES approvals (id),
    position    integer NOT NULL,
    PRIMARY KEY (post_id, position)
);
CREATE INDEX shown_of_approval ON shown (approval_id);
INSERT INTO shown (post_id, approval_id, position) SELECT id, approval_id, 0 FROM posts WHERE approval_id IS NOT NULL;
ALTER TABLE posts DROP COLUMN approval_id;
ALTER TABLE posts ADD COLUMN files jsonb NOT NULL DEFAULT '[]'; -- names of what was put into the thread for it

-- Who speaks for an approver that is away, and until when.
CREATE TABLE delegations (
    id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    person   text NOT NULL,
    delegate text NOT NULL CHECK (delegate <> person),
    since    timestamptz NOT NULL DEFAULT clock_timestamp(),
    until    timestamptz NOT NULL,
    ended_at timestamptz
);
CREATE INDEX delegations_to ON delegations (delegate, until);

-- A press is given effect once, also when the work on it is interrupted and repeated.
ALTER TABLE inbox ADD COLUMN handled_at timestamptz;
UPDATE inbox SET body = (body - 'approval') || jsonb_build_object('target', body->'approval') WHERE body ? 'approval';

-- The text behind each policy's hash.
CREATE TABLE policies (
    hash    text PRIMARY KEY,
    text    text NOT NULL,
    seen_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
