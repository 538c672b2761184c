-- +goose Up
-- A record of a topic that nobody could read, as it was; NULL where a job was given up.
ALTER TABLE dead_letters ADD COLUMN record_topic TEXT;
ALTER TABLE dead_letters ADD COLUMN record_partition INTEGER;
ALTER TABLE dead_letters ADD COLUMN record_offset INTEGER;
ALTER TABLE dead_letters ADD COLUMN record_sha256 TEXT;
-- timestamp; key, value and headers in base64
ALTER TABLE dead_letters ADD COLUMN record TEXT;
-- status and body of the function's answer, if it was asked
ALTER TABLE dead_letters ADD COLUMN answer TEXT;
-- delivered twice, buried once
CREATE UNIQUE INDEX dead_letters_record_idx ON dead_letters (record_topic, record_partition, record_offset, record_sha256) WHERE record_topic IS NOT NULL;

-- +goose Down
DROP INDEX dead_letters_record_idx;
ALTER TABLE dead_letters DROP COLUMN answer;
ALTER TABLE dead_letters DROP COLUMN record;
ALTER TABLE dead_letters DROP COLUMN record_sha256;
ALTER TABLE dead_letters DROP COLUMN record_offset;
ALTER TABLE dead_letters DROP COLUMN record_partition;
ALTER TABLE dead_letters DROP COLUMN record_topic;
