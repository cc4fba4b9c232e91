"""Closed paths; the route that a trip follows after a new plan on the way."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add a table and two columns; what is stored stays as it is."""
    op.create_table(
        "blockages",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("reporter_id", sa.String(length=32), nullable=False),
        sa.Column("client_id", sa.String(length=64), nullable=False),
        sa.Column("map", sa.String(length=64), nullable=False),
        sa.Column("lat", sa.Float(), nullable=False),
        sa.Column("lon", sa.Float(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("reported_utc_s", sa.Float(), nullable=False),
        sa.Column("expires_utc_s", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(["reporter_id"], ["users.id"], name="fk_blockages_reporter_id"),
        sa.PrimaryKeyConstraint("id", name="pk_blockages"),
        sa.UniqueConstraint("reporter_id", "client_id", name="uq_blockages_reporter_id_client_id"),
    )
    op.create_index("ix_blockages_map_expires_utc_s", "blockages", ["map", "expires_utc_s"], unique=False)
    op.add_column("plans", sa.Column("map", sa.String(length=64), nullable=True))
    # SQLite adds a column with its reference in one statement, without copying the table.
    op.execute("ALTER TABLE trips ADD COLUMN followed_route_id VARCHAR(64) REFERENCES routes (id)")
