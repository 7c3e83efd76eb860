"""A bucket as the source of published files: read once, kept in memory and on disk, served on without it."""
