-- +goose Up
CREATE TABLE uploads (
  id TEXT CONSTRAINT uploads_pkey PRIMARY KEY,
  owner TEXT NOT NULL,
  type TEXT NOT NULL CONSTRAINT uploads_type_check CHECK (type IN ('cv', 'project')),
  text TEXT NOT NULL,
  filename TEXT NOT NULL,
  mime TEXT NOT NULL,
  size INTEGER NOT NULL,
  sha256 TEXT NOT NULL,
  warnings TEXT NOT NULL,
  created_at INTEGER NOT NULL
);
-- purge walks by time
CREATE INDEX uploads_created_at_idx ON uploads (created_at);

CREATE TABLE briefs (
  hash TEXT CONSTRAINT briefs_pkey PRIMARY KEY,
  text TEXT NOT NULL,
  created_at INTEGER NOT NULL
);

-- +goose Down
DROP TABLE briefs;
DROP TABLE uploads;
