"""Trips that began away from the server: without a route, and told out of order."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the logs, give each event its own; what is stored stays as it is."""
    op.create_table(
        "logs",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("device_id", sa.String(length=32), nullable=False),
        sa.Column("boot", sa.String(length=64), nullable=False),
        sa.Column("acked", _BIG, nullable=False),
        sa.Column("beyond", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["device_id"], ["devices.id"], name="fk_logs_device_id"),
        sa.PrimaryKeyConstraint("id", name="pk_logs"),
        sa.UniqueConstraint("device_id", "boot", name="uq_logs_device_id_boot"),
        sqlite_autoincrement=True,
    )
    # Until now every log was stored without gaps.
    op.execute(
        "INSERT INTO logs (device_id, boot, acked, beyond) "
        "SELECT device_id, boot, max(seq), '[]' FROM events GROUP BY device_id, boot ORDER BY min(id)"
    )
    op.add_column("events", sa.Column("log_id", sa.Integer(), nullable=True))
    op.add_column("events", sa.Column("waited_s", sa.Float(), nullable=True))
    op.execute(
        "UPDATE events SET log_id = (SELECT id FROM logs "
        "WHERE logs.device_id = events.device_id AND logs.boot = events.boot)"
    )
    op.drop_index("ix_events_trip_id_type_id", table_name="events")
    with op.batch_alter_table("events", table_kwargs={"sqlite_autoincrement": True}) as table:
        table.alter_column("log_id", existing_type=sa.Integer(), nullable=False)
        table.create_foreign_key("fk_events_log_id", "logs", ["log_id"], ["id"])
    op.create_index(
        "ix_events_trip_id_type_log_id_seq", "events", ["trip_id", "type", "log_id", "seq"], unique=False
    )
    with op.batch_alter_table("trips") as table:
        table.alter_column("route_id", existing_type=sa.String(length=64), nullable=True)
        table.drop_constraint("uq_trips_device_id_route_id_started_utc_s", type_="unique")
        table.create_index(
            "ix_trips_device_id_route_id_started_utc_s", ["device_id", "route_id", "started_utc_s"]
        )
