-- +goose Up
CREATE TABLE api_keys (
  id TEXT CONSTRAINT api_keys_pkey PRIMARY KEY,
  owner TEXT NOT NULL,
  label TEXT NOT NULL,
  -- the secret itself is nowhere
  sha256 TEXT NOT NULL CONSTRAINT api_keys_sha256_key UNIQUE,
  created_at INTEGER NOT NULL,
  revoked_at INTEGER
);

-- what was erased stays erased after a restore; the candidate's id is kept as a hash only
CREATE TABLE erasures (
  candidate_hash TEXT CONSTRAINT erasures_pkey PRIMARY KEY,
  erased_at INTEGER NOT NULL
);

-- +goose Down
DROP TABLE erasures;
DROP TABLE api_keys;
