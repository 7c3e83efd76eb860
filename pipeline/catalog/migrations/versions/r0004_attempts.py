"""An attempt that lasts is told by its step alone: it has no row of its own any more."""

from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.execute("DELETE FROM attempts WHERE ended IS NULL")
