-- In which workspace a message is, and whose proposal it is: several may have installed Baton.
ALTER TABLE posts ADD COLUMN team text NOT NULL DEFAULT '';
UPDATE posts p SET team = t.team FROM runs r JOIN threads t ON t.key = r.thread_key WHERE r.id = p.run_id;
ALTER TABLE approvals ADD COLUMN team text NOT NULL DEFAULT '';
UPDATE approvals a SET team = t.team FROM runs r JOIN threads t ON t.key = r.thread_key WHERE r.id = a.run_id;
