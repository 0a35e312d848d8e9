"""What Alembic runs: the revisions, on the connection and in the transaction of whoever called.

Rule kept here: nothing is committed; all revisions take effect together with the caller's commit, or none does.
"""

from alembic import context

from gateway.register.schema import TABLES

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=TABLES,
    transactional_ddl=True,
)
context.run_migrations()
