"""People, consent, alerts: organisations, second factors, pairing, invitations, links, notices, retention."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_ORGANISATION = "local"  # the one that every account of an older server belongs to


def upgrade() -> None:
    """Add tables and columns; what is stored stays as it is."""
    op.create_table(
        "audit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("utc_s", sa.Float(), nullable=False),
        sa.Column("actor_id", sa.String(length=32), nullable=True),
        sa.Column("organisation_id", sa.String(length=32), nullable=True),
        sa.Column("what", sa.String(length=32), nullable=False),
        sa.Column("object_id", sa.String(length=64), nullable=True),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_audit"),
    )
    with op.batch_alter_table("audit") as table:
        table.create_index("ix_audit_organisation_id", ["organisation_id"], unique=False)
        table.create_index("ix_audit_utc_s", ["utc_s"], unique=False)

    op.create_table(
        "erasures",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.String(length=32), nullable=False),
        sa.Column("asked_utc_s", sa.Float(), nullable=False),
        sa.Column("done_utc_s", sa.Float(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_erasures"),
        sa.UniqueConstraint("user_id", name="uq_erasures_user_id"),
    )
    op.create_table(
        "marks",
        sa.Column("name", sa.String(length=32), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_marks"),
    )
    op.create_table(
        "organisations",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("created_utc_s", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_organisations"),
        sa.UniqueConstraint("name", name="uq_organisations_name"),
    )
    op.create_table(
        "channels",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("user_id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("duty", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("created_utc_s", sa.Float(), nullable=False),
        sa.Column("confirmed_utc_s", sa.Float(), nullable=True),
        sa.Column("confirm_hash", sa.String(length=64), nullable=True),
        sa.Column("failed_utc_s", sa.Float(), nullable=True),
        sa.Column("ended_utc_s", sa.Float(), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_channels_user_id"),
        sa.PrimaryKeyConstraint("id", name="pk_channels"),
    )
    with op.batch_alter_table("channels") as table:
        table.create_index("ix_channels_user_id", ["user_id"], unique=False)

    op.create_table(
        "consents",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("wearer_id", sa.String(length=32), nullable=False),
        sa.Column("purpose", sa.String(length=24), nullable=False),
        sa.Column("version", sa.String(length=16), nullable=False),
        sa.Column("lang", sa.String(length=2), nullable=False),
        sa.Column("how", sa.String(length=16), nullable=False),
        sa.Column("given_utc_s", sa.Float(), nullable=False),
        sa.Column("withdrawn_utc_s", sa.Float(), nullable=True),
        sa.ForeignKeyConstraint(["wearer_id"], ["users.id"], name="fk_consents_wearer_id"),
        sa.PrimaryKeyConstraint("id", name="pk_consents"),
    )
    with op.batch_alter_table("consents") as table:
        table.create_index("ix_consents_wearer_id", ["wearer_id"], unique=False)

    op.create_table(
        "days",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("wearer_id", sa.String(length=32), nullable=False),
        sa.Column("device_kind", sa.String(length=16), nullable=False),
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("trips", sa.Integer(), nullable=False),
        sa.Column("minutes", sa.Float(), nullable=True),
        sa.Column("minutes_min", sa.Float(), nullable=True),
        sa.Column("minutes_max", sa.Float(), nullable=True),
        sa.Column("coverage", sa.Float(), nullable=True),
        sa.Column("distance_m", sa.Float(), nullable=True),
        sa.Column("made_utc_s", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(["wearer_id"], ["users.id"], name="fk_days_wearer_id"),
        sa.PrimaryKeyConstraint("id", name="pk_days"),
        sa.UniqueConstraint("wearer_id", "device_kind", "day", name="uq_days_wearer_id_device_kind_day"),
    )
    op.create_table(
        "invitations",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("wearer_id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("created_utc_s", sa.Float(), nullable=False),
        sa.Column("expires_utc_s", sa.Float(), nullable=False),
        sa.Column("accepted_utc_s", sa.Float(), nullable=True),
        sa.Column("accepted_by", sa.String(length=32), nullable=True),
        sa.Column("withdrawn_utc_s", sa.Float(), nullable=True),
        sa.ForeignKeyConstraint(["accepted_by"], ["users.id"], name="fk_invitations_accepted_by"),
        sa.ForeignKeyConstraint(["wearer_id"], ["users.id"], name="fk_invitations_wearer_id"),
        sa.PrimaryKeyConstraint("id", name="pk_invitations"),
        sa.UniqueConstraint("code_hash", name="uq_invitations_code_hash"),
    )
    with op.batch_alter_table("invitations") as table:
        table.create_index("ix_invitations_wearer_id", ["wearer_id"], unique=False)

    op.create_table(
        "recovery_codes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.String(length=32), nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("used_utc_s", sa.Float(), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_recovery_codes_user_id"),
        sa.PrimaryKeyConstraint("id", name="pk_recovery_codes"),
    )
    with op.batch_alter_table("recovery_codes") as table:
        table.create_index("ix_recovery_codes_user_id", ["user_id"], unique=False)

    op.create_table(
        "saved_places",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("wearer_id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("map", sa.String(length=64), nullable=True),
        sa.Column("lat", sa.Float(), nullable=False),
        sa.Column("lon", sa.Float(), nullable=False),
        sa.Column("created_utc_s", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(["wearer_id"], ["users.id"], name="fk_saved_places_wearer_id"),
        sa.PrimaryKeyConstraint("id", name="pk_saved_places"),
        sa.UniqueConstraint("wearer_id", "name", name="uq_saved_places_wearer_id_name"),
    )
    with op.batch_alter_table("saved_places") as table:
        table.create_index("ix_saved_places_wearer_id", ["wearer_id"], unique=False)

    op.create_table(
        "zones",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("wearer_id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("lat", sa.Float(), nullable=False),
        sa.Column("lon", sa.Float(), nullable=False),
        sa.Column("radius_m", sa.Float(), nullable=False),
        sa.Column("on_enter", sa.Boolean(), nullable=False),
        sa.Column("on_leave", sa.Boolean(), nullable=False),
        sa.Column("created_utc_s", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(["wearer_id"], ["users.id"], name="fk_zones_wearer_id"),
        sa.PrimaryKeyConstraint("id", name="pk_zones"),
    )
    with op.batch_alter_table("zones") as table:
        table.create_index("ix_zones_wearer_id", ["wearer_id"], unique=False)

    op.create_table(
        "pairings",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("wearer_id", sa.String(length=32), nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("label", sa.String(length=100), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("created_utc_s", sa.Float(), nullable=False),
        sa.Column("expires_utc_s", sa.Float(), nullable=False),
        sa.Column("used_utc_s", sa.Float(), nullable=True),
        sa.Column("device_id", sa.String(length=32), nullable=True),
        sa.ForeignKeyConstraint(["device_id"], ["devices.id"], name="fk_pairings_device_id"),
        sa.ForeignKeyConstraint(["wearer_id"], ["users.id"], name="fk_pairings_wearer_id"),
        sa.PrimaryKeyConstraint("id", name="pk_pairings"),
        sa.UniqueConstraint("code_hash", name="uq_pairings_code_hash"),
    )
    with op.batch_alter_table("pairings") as table:
        table.create_index("ix_pairings_wearer_id", ["wearer_id"], unique=False)

    op.create_table(
        "links",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("trip_id", sa.String(length=32), nullable=False),
        sa.Column("wearer_id", sa.String(length=32), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("created_utc_s", sa.Float(), nullable=False),
        sa.Column("expires_utc_s", sa.Float(), nullable=False),
        sa.Column("revoked_utc_s", sa.Float(), nullable=True),
        sa.Column("opened_utc_s", sa.Float(), nullable=True),
        sa.ForeignKeyConstraint(["trip_id"], ["trips.id"], name="fk_links_trip_id"),
        sa.ForeignKeyConstraint(["wearer_id"], ["users.id"], name="fk_links_wearer_id"),
        sa.PrimaryKeyConstraint("id", name="pk_links"),
        sa.UniqueConstraint("token_hash", name="uq_links_token_hash"),
    )
    with op.batch_alter_table("links") as table:
        table.create_index("ix_links_trip_id", ["trip_id"], unique=False)
        table.create_index("ix_links_wearer_id", ["wearer_id"], unique=False)

    op.create_table(
        "watching",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("worker", sa.String(length=32), nullable=False),
        sa.Column("trip_id", sa.String(length=32), nullable=False),
        sa.Column("user_id", sa.String(length=32), nullable=True),
        sa.Column("link_id", sa.String(length=32), nullable=True),
        sa.Column("since_utc_s", sa.Float(), nullable=False),
        sa.Column("seen_utc_s", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_watching"),
    )
    with op.batch_alter_table("watching") as table:
        table.create_index("ix_watching_trip_id", ["trip_id"], unique=False)
        table.create_index("ix_watching_worker", ["worker"], unique=False)

    op.create_table(
        "notices",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("wearer_id", sa.String(length=32), nullable=False),
        sa.Column("trip_id", sa.String(length=32), nullable=False),
        sa.Column("device_id", sa.String(length=32), nullable=True),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("created_utc_s", sa.Float(), nullable=False),
        sa.Column("expires_utc_s", sa.Float(), nullable=False),
        sa.Column("answer", sa.String(length=16), nullable=True),
        sa.Column("answered_utc_s", sa.Float(), nullable=True),
        sa.ForeignKeyConstraint(["device_id"], ["devices.id"], name="fk_notices_device_id"),
        sa.ForeignKeyConstraint(["trip_id"], ["trips.id"], name="fk_notices_trip_id"),
        sa.ForeignKeyConstraint(["wearer_id"], ["users.id"], name="fk_notices_wearer_id"),
        sa.PrimaryKeyConstraint("id", name="pk_notices"),
    )
    with op.batch_alter_table("notices") as table:
        table.create_index("ix_notices_expires_utc_s", ["expires_utc_s"], unique=False)
        table.create_index("ix_notices_trip_id", ["trip_id"], unique=False)
        table.create_index("ix_notices_wearer_id", ["wearer_id"], unique=False)

    op.create_table(
        "alerts",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("wearer_id", sa.String(length=32), nullable=False),
        sa.Column("trip_id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("raised_utc_s", sa.Float(), nullable=False),
        sa.Column("changed_utc_s", sa.Float(), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("next_utc_s", sa.Float(), nullable=True),
        sa.Column("unanswered_utc_s", sa.Float(), nullable=True),
        sa.Column("notice_id", sa.String(length=32), nullable=True),
        sa.Column("acknowledged_by", sa.String(length=32), nullable=True),
        sa.Column("acknowledged_utc_s", sa.Float(), nullable=True),
        sa.Column("over_utc_s", sa.Float(), nullable=True),
        sa.Column("over_why", sa.String(length=24), nullable=True),
        sa.Column("lat", sa.Float(), nullable=True),
        sa.Column("lon", sa.Float(), nullable=True),
        sa.Column("accuracy_m", sa.Float(), nullable=True),
        sa.Column("fix_utc_s", sa.Float(), nullable=True),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["acknowledged_by"], ["users.id"], name="fk_alerts_acknowledged_by"),
        sa.ForeignKeyConstraint(["notice_id"], ["notices.id"], name="fk_alerts_notice_id"),
        sa.ForeignKeyConstraint(["trip_id"], ["trips.id"], name="fk_alerts_trip_id"),
        sa.ForeignKeyConstraint(["wearer_id"], ["users.id"], name="fk_alerts_wearer_id"),
        sa.PrimaryKeyConstraint("id", name="pk_alerts"),
        sa.UniqueConstraint("trip_id", "kind", "key", name="uq_alerts_trip_id_kind_key"),
    )
    with op.batch_alter_table("alerts") as table:
        table.create_index("ix_alerts_state_next_utc_s", ["state", "next_utc_s"], unique=False)
        table.create_index("ix_alerts_wearer_id", ["wearer_id"], unique=False)

    op.create_table(
        "deliveries",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("alert_id", sa.String(length=32), nullable=False),
        sa.Column("user_id", sa.String(length=32), nullable=False),
        sa.Column("channel_id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("what", sa.String(length=16), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("created_utc_s", sa.Float(), nullable=False),
        sa.Column("next_utc_s", sa.Float(), nullable=True),
        sa.Column("sent_utc_s", sa.Float(), nullable=True),
        sa.Column("error", sa.String(length=200), nullable=True),
        sa.ForeignKeyConstraint(["alert_id"], ["alerts.id"], name="fk_deliveries_alert_id"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_deliveries_user_id"),
        sa.PrimaryKeyConstraint("id", name="pk_deliveries"),
        sa.UniqueConstraint(
            "alert_id",
            "user_id",
            "channel_id",
            "what",
            "step",
            name="uq_deliveries_alert_id_user_id_channel_id_what_step",
        ),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("deliveries") as table:
        table.create_index("ix_deliveries_alert_id", ["alert_id"], unique=False)
        table.create_index("ix_deliveries_state_next_utc_s", ["state", "next_utc_s"], unique=False)
        table.create_index("ix_deliveries_user_id", ["user_id"], unique=False)

    with op.batch_alter_table("devices") as table:
        table.add_column(sa.Column("kind", sa.String(length=16), server_default="glasses", nullable=False))
        table.add_column(sa.Column("next_key_hash", sa.String(length=64), nullable=True))
        table.add_column(sa.Column("next_key_utc_s", sa.Float(), nullable=True))
        table.add_column(sa.Column("key_utc_s", sa.Float(), nullable=True))
        table.add_column(sa.Column("seen_utc_s", sa.Float(), nullable=True))
        table.add_column(sa.Column("version", sa.String(length=64), nullable=True))
        table.create_unique_constraint("uq_devices_next_key_hash", ["next_key_hash"])

    with op.batch_alter_table("looks") as table:
        table.add_column(sa.Column("link_id", sa.String(length=32), nullable=True))
        table.alter_column("viewer_id", existing_type=sa.VARCHAR(length=32), nullable=True)
        table.alter_column("trip_id", existing_type=sa.VARCHAR(length=32), nullable=True)
        table.create_foreign_key("fk_looks_link_id", "links", ["link_id"], ["id"])
        table.create_index("ix_looks_viewer_id_what_utc_s", ["viewer_id", "what", "utc_s"], unique=False)

    with op.batch_alter_table("relations") as table:
        table.add_column(sa.Column("alert_order", sa.Integer(), nullable=True))

    with op.batch_alter_table("sessions") as table:
        table.add_column(sa.Column("second_factor_utc_s", sa.Float(), nullable=True))

    with op.batch_alter_table("trips") as table:
        table.add_column(sa.Column("state", sa.String(length=16), nullable=True))
        table.add_column(sa.Column("state_utc_s", sa.Float(), nullable=True))
        table.add_column(sa.Column("summed_utc_s", sa.Float(), nullable=True))
        table.create_index(
            "ix_trips_summed_utc_s_accepted_utc_s", ["summed_utc_s", "accepted_utc_s"], unique=False
        )
        table.create_index("ix_trips_route_id", ["route_id"], unique=False)
        table.create_index("ix_trips_followed_route_id", ["followed_route_id"], unique=False)

    with op.batch_alter_table("users") as table:
        table.add_column(sa.Column("organisation_id", sa.String(length=32), nullable=True))
        table.add_column(sa.Column("lang", sa.String(length=2), nullable=True))
        table.add_column(sa.Column("totp_sealed", sa.String(length=200), nullable=True))
        table.add_column(sa.Column("totp_confirmed_utc_s", sa.Float(), nullable=True))
        table.add_column(
            sa.Column("totp_last_step", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True)
        )
        table.add_column(sa.Column("password_set_utc_s", sa.Float(), nullable=True))
        table.add_column(sa.Column("disabled_utc_s", sa.Float(), nullable=True))
        table.add_column(sa.Column("erased_utc_s", sa.Float(), nullable=True))
        table.create_index("ix_users_organisation_id", ["organisation_id"], unique=False)
        table.create_foreign_key("fk_users_organisation_id", "organisations", ["organisation_id"], ["id"])

    _place_events_by_log()
    op.execute(
        f"INSERT INTO organisations (id, name, created_utc_s) VALUES ('{_ORGANISATION}', '標 / Shirube', 0)"  # noqa: S608
    )
    op.execute(f"UPDATE users SET organisation_id = '{_ORGANISATION}'")  # noqa: S608
    # A password that is in use was chosen or kept: only a one-time password has no such time.
    op.execute("UPDATE users SET password_set_utc_s = created_utc_s")
    # Whom a wearer had agreed to is told of alerts, in the order in which they were agreed to.
    op.execute(
        "UPDATE relations SET alert_order = 1 WHERE agreed_utc_s IS NOT NULL "
        "AND viewer_id IN (SELECT id FROM users WHERE role = 'caregiver')"
    )
    # What was agreed to until now: to share a trip, and (by agreeing to an evaluator) to take part.
    op.execute(
        "INSERT INTO consents (wearer_id, purpose, version, lang, how, given_utc_s) "
        "SELECT wearer_id, 'live_sharing', max(text_version), 'ja', 'page', min(given_utc_s) "
        "FROM shares WHERE withdrawn_utc_s IS NULL GROUP BY wearer_id"
    )
    op.execute(
        "INSERT INTO consents (wearer_id, purpose, version, lang, how, given_utc_s) "
        "SELECT r.wearer_id, 'trial_research', '2026-11', 'ja', 'page', min(r.agreed_utc_s) "
        "FROM relations r JOIN users u ON u.id = r.viewer_id "
        "WHERE u.role = 'evaluator' AND r.agreed_utc_s IS NOT NULL AND r.ended_utc_s IS NULL "
        "GROUP BY r.wearer_id"
    )


def _place_events_by_log() -> None:
    """Note where each trip's events lie; fewer indexes and references on events."""
    op.create_table(
        "trip_logs",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("trip_id", sa.String(length=32), nullable=False),
        sa.Column("log_id", sa.Integer(), nullable=False),
        sa.Column("first_seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("last_seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(["log_id"], ["logs.id"], name="fk_trip_logs_log_id"),
        sa.ForeignKeyConstraint(["trip_id"], ["trips.id"], name="fk_trip_logs_trip_id"),
        sa.PrimaryKeyConstraint("id", name="pk_trip_logs"),
        sa.UniqueConstraint("trip_id", "log_id", name="uq_trip_logs_trip_id_log_id"),
    )
    op.create_index("ix_trip_logs_log_id", "trip_logs", ["log_id"], unique=False)
    op.execute(
        "INSERT INTO trip_logs (trip_id, log_id, first_seq, last_seq) "
        "SELECT trip_id, log_id, min(seq), max(seq) FROM events GROUP BY trip_id, log_id ORDER BY log_id"
    )
    op.drop_index("ix_events_trip_id_id", table_name="events")
    op.drop_index("ix_events_trip_id_type_log_id_seq", table_name="events")
    with op.batch_alter_table("events", table_kwargs={"sqlite_autoincrement": True}) as table:
        table.drop_constraint("uq_events_device_id_boot_seq", type_="unique")
        for column in ("device_id", "trip_id"):
            table.drop_constraint(f"fk_events_{column}", type_="foreignkey")
        table.create_unique_constraint("uq_events_log_id_seq", ["log_id", "seq"])
    no_position = sa.text("type != 'moved'")
    op.create_index(
        "ix_events_trip_id_type_log_id_seq",
        "events",
        ["trip_id", "type", "log_id", "seq"],
        unique=False,
        sqlite_where=no_position,
        postgresql_where=no_position,
    )
