-- Version 1. Never edited once released: a change is a new file.

-- Every command text once: equal commands cost a row in `entry` and nothing in the index.
CREATE TABLE command (
  id INTEGER PRIMARY KEY,
  text TEXT NOT NULL UNIQUE,
  first INTEGER NOT NULL,            -- microseconds since 1970, like every time here
  last INTEGER NOT NULL,
  uses INTEGER NOT NULL DEFAULT 0,   -- entries that hold it
  runs INTEGER NOT NULL DEFAULT 0,   -- entries that ran it
  ok_runs INTEGER NOT NULL DEFAULT 0,
  warmth REAL NOT NULL               -- frecency, comparable without the current time: see warmth.rs
) STRICT;
CREATE INDEX command_by_last ON command(last);
CREATE INDEX command_by_warmth ON command(warmth);

CREATE TABLE place (
  id INTEGER PRIMARY KEY,
  cwd TEXT NOT NULL UNIQUE
) STRICT;

CREATE TABLE entry (
  id INTEGER PRIMARY KEY,
  uuid BLOB NOT NULL UNIQUE,
  time INTEGER NOT NULL,
  request TEXT NOT NULL,
  command_id INTEGER REFERENCES command(id),   -- the command as it was last
  edited INTEGER NOT NULL,                     -- 1 where the user changed it
  proposed TEXT,                               -- the model's text, where it was edited
  explanation TEXT,
  shell TEXT NOT NULL,
  platform TEXT NOT NULL,
  place_id INTEGER NOT NULL REFERENCES place(id),
  session TEXT,
  host TEXT,
  user TEXT,
  disposition TEXT NOT NULL,
  risk INTEGER,                                -- 0 safe to 3 critical
  decision TEXT,
  consent TEXT,
  rules TEXT,                                  -- JSON array of rule names
  exit INTEGER,
  run_ns INTEGER,
  generation_ns INTEGER,
  backend TEXT,
  model TEXT,
  confidence REAL,
  favourite INTEGER NOT NULL,
  redacted INTEGER NOT NULL                    -- 1 where something was hidden
) STRICT;
CREATE INDEX entry_by_time ON entry(time);
CREATE INDEX entry_by_command ON entry(command_id, time);
CREATE INDEX entry_by_place ON entry(place_id, time);
CREATE INDEX entry_favourite ON entry(time) WHERE favourite = 1;
CREATE INDEX entry_failed ON entry(time) WHERE exit <> 0;
CREATE INDEX entry_risky ON entry(time) WHERE risk >= 2;

CREATE TABLE tag (
  entry_id INTEGER NOT NULL REFERENCES entry(id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  PRIMARY KEY (entry_id, name)
) STRICT, WITHOUT ROWID;
CREATE INDEX tag_by_name ON tag(name);

CREATE TABLE redaction (
  entry_id INTEGER NOT NULL REFERENCES entry(id) ON DELETE CASCADE,
  rule TEXT NOT NULL,
  count INTEGER NOT NULL,
  PRIMARY KEY (entry_id, rule)
) STRICT, WITHOUT ROWID;

-- What the choice of a backend learns from.
CREATE TABLE metric (
  backend TEXT NOT NULL,
  name TEXT NOT NULL,
  value REAL NOT NULL,
  time INTEGER NOT NULL,
  PRIMARY KEY (backend, name, time)
) STRICT, WITHOUT ROWID;

-- Small values that other parts keep between runs.
CREATE TABLE state (
  key TEXT PRIMARY KEY,
  value TEXT NOT NULL,
  time INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Substrings of commands. External content: the triggers below are the only writers.
CREATE VIRTUAL TABLE command_text USING fts5(
  text, content = 'command', content_rowid = 'id', tokenize = 'trigram', columnsize = 0
);
-- Words of requests, also by their first two or three letters.
CREATE VIRTUAL TABLE request_text USING fts5(
  request, content = 'entry', content_rowid = 'id', tokenize = 'unicode61 remove_diacritics 2', prefix = '2 3', columnsize = 0
);
INSERT INTO command_text(command_text, rank) VALUES ('secure-delete', 1);
INSERT INTO request_text(request_text, rank) VALUES ('secure-delete', 1);
