"""The first tables."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make everything."""
    op.create_table(
        "login_failures",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("who", sa.String(length=64), nullable=False),
        sa.Column("utc_s", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_login_failures"),
    )
    op.create_index("ix_login_failures_who", "login_failures", ["who"], unique=False)
    op.create_table(
        "routes",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("planned_utc_s", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_routes"),
    )
    op.create_table(
        "users",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("login", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("password_hash", sa.String(length=200), nullable=False),
        sa.Column("pseudonym", sa.String(length=16), nullable=False),
        sa.Column("created_utc_s", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_users"),
        sa.UniqueConstraint("login", name="uq_users_login"),
        sa.UniqueConstraint("pseudonym", name="uq_users_pseudonym"),
    )
    op.create_table(
        "devices",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("wearer_id", sa.String(length=32), nullable=False),
        sa.Column("label", sa.String(length=100), nullable=False),
        sa.Column("key_hash", sa.String(length=64), nullable=False),
        sa.Column("created_utc_s", sa.Float(), nullable=False),
        sa.Column("revoked_utc_s", sa.Float(), nullable=True),
        sa.ForeignKeyConstraint(["wearer_id"], ["users.id"], name="fk_devices_wearer_id"),
        sa.PrimaryKeyConstraint("id", name="pk_devices"),
        sa.UniqueConstraint("key_hash", name="uq_devices_key_hash"),
    )
    op.create_index("ix_devices_wearer_id", "devices", ["wearer_id"], unique=False)
    op.create_table(
        "plans",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("route_id", sa.String(length=64), nullable=False),
        sa.Column("wearer_id", sa.String(length=32), nullable=False),
        sa.Column("planned_utc_s", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(["route_id"], ["routes.id"], name="fk_plans_route_id"),
        sa.ForeignKeyConstraint(["wearer_id"], ["users.id"], name="fk_plans_wearer_id"),
        sa.PrimaryKeyConstraint("id", name="pk_plans"),
        sa.UniqueConstraint("route_id", "wearer_id", name="uq_plans_route_id_wearer_id"),
    )
    op.create_index("ix_plans_wearer_id", "plans", ["wearer_id"], unique=False)
    op.create_table(
        "relations",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("viewer_id", sa.String(length=32), nullable=False),
        sa.Column("wearer_id", sa.String(length=32), nullable=False),
        sa.Column("asked_utc_s", sa.Float(), nullable=False),
        sa.Column("agreed_utc_s", sa.Float(), nullable=True),
        sa.Column("ended_utc_s", sa.Float(), nullable=True),
        sa.ForeignKeyConstraint(["viewer_id"], ["users.id"], name="fk_relations_viewer_id"),
        sa.ForeignKeyConstraint(["wearer_id"], ["users.id"], name="fk_relations_wearer_id"),
        sa.PrimaryKeyConstraint("id", name="pk_relations"),
    )
    op.create_index("ix_relations_viewer_id", "relations", ["viewer_id"], unique=False)
    op.create_index("ix_relations_wearer_id", "relations", ["wearer_id"], unique=False)
    op.create_table(
        "sessions",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("user_id", sa.String(length=32), nullable=False),
        sa.Column("csrf", sa.String(length=64), nullable=False),
        sa.Column("created_utc_s", sa.Float(), nullable=False),
        sa.Column("seen_utc_s", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_sessions_user_id"),
        sa.PrimaryKeyConstraint("token_hash", name="pk_sessions"),
    )
    op.create_table(
        "trips",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("wearer_id", sa.String(length=32), nullable=False),
        sa.Column("device_id", sa.String(length=32), nullable=False),
        sa.Column("route_id", sa.String(length=64), nullable=False),
        sa.Column("practice", sa.Boolean(), nullable=False),
        sa.Column("started_utc_s", sa.Float(), nullable=False),
        sa.Column("accepted_utc_s", sa.Float(), nullable=False),
        sa.Column("ended_utc_s", sa.Float(), nullable=True),
        sa.Column("arrived", sa.Boolean(), nullable=True),
        sa.ForeignKeyConstraint(["device_id"], ["devices.id"], name="fk_trips_device_id"),
        sa.ForeignKeyConstraint(["route_id"], ["routes.id"], name="fk_trips_route_id"),
        sa.ForeignKeyConstraint(["wearer_id"], ["users.id"], name="fk_trips_wearer_id"),
        sa.PrimaryKeyConstraint("id", name="pk_trips"),
        sa.UniqueConstraint(
            "device_id", "route_id", "started_utc_s", name="uq_trips_device_id_route_id_started_utc_s"
        ),
    )
    op.create_index(
        "ix_trips_wearer_id_accepted_utc_s", "trips", ["wearer_id", "accepted_utc_s"], unique=False
    )
    op.create_table(
        "events",
        sa.Column("id", _BIG, nullable=False),
        sa.Column("device_id", sa.String(length=32), nullable=False),
        sa.Column("boot", sa.String(length=64), nullable=False),
        sa.Column("seq", _BIG, nullable=False),
        sa.Column("trip_id", sa.String(length=32), nullable=False),
        sa.Column("type", sa.String(length=16), nullable=False),
        sa.Column("utc_s", sa.Float(), nullable=False),
        sa.Column("received_utc_s", sa.Float(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["device_id"], ["devices.id"], name="fk_events_device_id"),
        sa.ForeignKeyConstraint(["trip_id"], ["trips.id"], name="fk_events_trip_id"),
        sa.PrimaryKeyConstraint("id", name="pk_events"),
        sa.UniqueConstraint("device_id", "boot", "seq", name="uq_events_device_id_boot_seq"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_events_trip_id_id", "events", ["trip_id", "id"], unique=False)
    op.create_index("ix_events_trip_id_type_id", "events", ["trip_id", "type", "id"], unique=False)
    op.create_table(
        "looks",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("viewer_id", sa.String(length=32), nullable=False),
        sa.Column("wearer_id", sa.String(length=32), nullable=False),
        sa.Column("trip_id", sa.String(length=32), nullable=False),
        sa.Column("what", sa.String(length=16), nullable=False),
        sa.Column("utc_s", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(["trip_id"], ["trips.id"], name="fk_looks_trip_id"),
        sa.ForeignKeyConstraint(["viewer_id"], ["users.id"], name="fk_looks_viewer_id"),
        sa.ForeignKeyConstraint(["wearer_id"], ["users.id"], name="fk_looks_wearer_id"),
        sa.PrimaryKeyConstraint("id", name="pk_looks"),
    )
    op.create_index("ix_looks_wearer_id", "looks", ["wearer_id"], unique=False)
    op.create_table(
        "shares",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("wearer_id", sa.String(length=32), nullable=False),
        sa.Column("trip_id", sa.String(length=32), nullable=True),
        sa.Column("text_version", sa.String(length=16), nullable=False),
        sa.Column("given_utc_s", sa.Float(), nullable=False),
        sa.Column("withdrawn_utc_s", sa.Float(), nullable=True),
        sa.ForeignKeyConstraint(["trip_id"], ["trips.id"], name="fk_shares_trip_id"),
        sa.ForeignKeyConstraint(["wearer_id"], ["users.id"], name="fk_shares_wearer_id"),
        sa.PrimaryKeyConstraint("id", name="pk_shares"),
    )
    op.create_index("ix_shares_trip_id", "shares", ["trip_id"], unique=False)
    op.create_index("ix_shares_wearer_id", "shares", ["wearer_id"], unique=False)
