"""Content keys, the keys that sign playback tokens, and API keys."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "masters",
        sa.Column("purpose", sa.String(length=10), nullable=False),
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.PrimaryKeyConstraint("purpose"),
    )
    op.create_table(
        "content_keys",
        sa.Column("owner", sa.String(length=64), nullable=False),
        sa.Column("key_class", sa.String(length=8), nullable=False),
        sa.Column("kid", sa.String(length=32), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("master", sa.String(length=16), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("signalling", sa.LargeBinary(), nullable=False),
        sa.Column("created", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("owner", "key_class"),
    )
    op.create_index("content_keys_by_id", "content_keys", ["kid"], unique=False)
    op.create_index("content_keys_of_title", "content_keys", ["title"], unique=False)
    op.create_table(
        "key_streams",
        sa.Column("kid", sa.String(length=32), nullable=False),
        sa.Column("used_for", sa.String(length=300), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("kid", "used_for"),
        sa.UniqueConstraint("kid", "number"),
    )
    op.create_table(
        "signing_keys",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("algorithm", sa.String(length=8), nullable=False),
        sa.Column("master", sa.String(length=16), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("created", sa.Float(), nullable=False),
        sa.Column("ends", sa.Float(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "api_keys",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("created", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
        sa.UniqueConstraint("digest"),
    )
