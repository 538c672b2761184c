-- +goose Up
CREATE TABLE api_keys (
  id uuid CONSTRAINT api_keys_pkey PRIMARY KEY,
  owner text NOT NULL,
  label text NOT NULL,
  -- the secret itself is nowhere
  sha256 text NOT NULL CONSTRAINT api_keys_sha256_key UNIQUE,
  created_at timestamptz NOT NULL,
  revoked_at timestamptz
);

-- what was erased stays erased after a restore; the candidate's id is kept as a hash only
CREATE TABLE erasures (
  candidate_hash text CONSTRAINT erasures_pkey PRIMARY KEY,
  erased_at timestamptz NOT NULL
);

-- +goose Down
DROP TABLE erasures;
DROP TABLE api_keys;
