"""Alembic's entry: writes the steps as SQL text, which the engine's own session then runs."""

from alembic import context

context.configure(
    dialect_name=context.config.attributes["dialect"],
    literal_binds=True,
    transactional_ddl=False,
    output_buffer=context.config.output_buffer,
    target_metadata=None,
)
context.run_migrations()
