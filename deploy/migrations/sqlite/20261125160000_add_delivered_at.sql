-- +goose Up
-- when the event came that led to an attempt
ALTER TABLE jobs ADD COLUMN delivered_at INTEGER;
ALTER TABLE job_attempts ADD COLUMN delivered_at INTEGER;

-- +goose Down
ALTER TABLE job_attempts DROP COLUMN delivered_at;
ALTER TABLE jobs DROP COLUMN delivered_at;
