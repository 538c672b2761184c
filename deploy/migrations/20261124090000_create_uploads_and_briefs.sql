-- +goose Up
CREATE TABLE uploads (
  id uuid CONSTRAINT uploads_pkey PRIMARY KEY,
  owner text NOT NULL,
  type text NOT NULL CONSTRAINT uploads_type_check CHECK (type IN ('cv', 'project')),
  text text NOT NULL,
  filename text NOT NULL,
  mime text NOT NULL,
  size bigint NOT NULL,
  sha256 text NOT NULL,
  warnings jsonb NOT NULL,
  created_at timestamptz NOT NULL
);
-- purge walks by time
CREATE INDEX uploads_created_at_idx ON uploads (created_at);

CREATE TABLE briefs (
  hash text CONSTRAINT briefs_pkey PRIMARY KEY,
  text text NOT NULL,
  created_at timestamptz NOT NULL
);

-- +goose Down
DROP TABLE briefs;
DROP TABLE uploads;
