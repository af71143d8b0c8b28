-- What a person thinks of an answer; the last word counts.
CREATE TABLE feedback (
    run_id   text NOT NULL REFERENCES runs (id),
    person   text NOT NULL,
    verdict  text NOT NULL CHECK (verdict IN ('up', 'down')),
    reason   text CHECK (reason IN ('wrong', 'incomplete', 'unclear', 'slow', 'other')),
    words    text,                        -- the person's own
    given_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (run_id, person)
);
