"""Backups of a Postgres database: made with pg_dump, and worth something only once they were restored."""
