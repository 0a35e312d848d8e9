"""One module per revision; each is loaded by Alembic, by its path."""
