"""The revisions of the register's tables, one after the other; run by `gateway/register/migration.py`."""
