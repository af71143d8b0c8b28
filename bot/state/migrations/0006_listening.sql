-- Since when Baton listens in a workspace, and until when it did for certain: what was said after that may be missing.
CREATE TABLE listening (
    team        text PRIMARY KEY,
    since       timestamptz NOT NULL,
    until       timestamptz NOT NULL
);
