-- What one agent asks another is a run of its own: one for each call, whatever happens meanwhile to whoever makes it.
CREATE UNIQUE INDEX runs_asked_for ON runs (parent_run, parent_call);

-- A run and all that agents asked each other because of it.
CREATE FUNCTION run_family(top text) RETURNS SETOF text LANGUAGE sql STABLE AS $$
    WITH RECURSIVE family AS (
        SELECT top AS id UNION ALL SELECT r.id FROM runs r JOIN family f ON r.parent_run = f.id
    )
    SELECT id FROM family
$$;
