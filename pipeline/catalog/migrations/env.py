"""Alembic's environment: migrations run in the transaction that `pipeline.catalog.migrate` began."""

from alembic import context

from pipeline.catalog.schema import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
with context.begin_transaction():
    context.run_migrations()
