"""A step that only stores what it made needs none of its worker's room."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    storing = sa.Column("storing", sa.Boolean, nullable=False, server_default=sa.false())
    op.add_column("steps", storing)
