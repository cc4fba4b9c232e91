"""The administrator's pages: last logins, closed paths that somebody has looked at, new maps under way."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward only."""
    op.create_table(
        "map_jobs",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("map", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("area", sa.String(length=120), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("asked_utc_s", sa.Float(), nullable=False),
        sa.Column("told_utc_s", sa.Float(), nullable=False),
        sa.Column("told", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_map_jobs")),
    )
    op.create_index("ix_map_jobs_map_asked_utc_s", "map_jobs", ["map", "asked_utc_s"], unique=False)
    op.add_column("blockages", sa.Column("confirmed_utc_s", sa.Float(), nullable=True))
    op.add_column("users", sa.Column("login_utc_s", sa.Float(), nullable=True))
