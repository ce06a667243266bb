"""The way to a PostgreSQL server and what the journal keeps there."""
