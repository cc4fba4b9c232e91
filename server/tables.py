"""What is stored. The migrations make these tables; a test compares the two.

Ids are random and say nothing. Keys, passwords and session tokens are stored as hashes only.
Times are UTC seconds since 1970.
"""

from sqlalchemy import (
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

users = Table(
    "users",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("login", String(64), nullable=False, unique=True),
    Column("name", String(100), nullable=False),
    Column("role", String(16), nullable=False),
    Column("password_hash", String(200), nullable=False),
    Column("pseudonym", String(16), nullable=False, unique=True),
    Column("created_utc_s", Float, nullable=False),
)

sessions = Table(
    "sessions",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("user_id", String(32), ForeignKey("users.id"), nullable=False),
    Column("csrf", String(64), nullable=False),
    Column("created_utc_s", Float, nullable=False),
    Column("seen_utc_s", Float, nullable=False),
)

login_failures = Table(
    "login_failures",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("who", String(64), nullable=False, index=True),  # hash of name and address, or of address
    Column("utc_s", Float, nullable=False),
)

devices = Table(
    "devices",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("wearer_id", String(32), ForeignKey("users.id"), nullable=False, index=True),
    Column("label", String(100), nullable=False),
    Column("key_hash", String(64), nullable=False, unique=True),
    Column("created_utc_s", Float, nullable=False),
    Column("revoked_utc_s", Float),
)

# A caregiver or an evaluator and a wearer. In force: agreed and not ended.
relations = Table(
    "relations",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("viewer_id", String(32), ForeignKey("users.id"), nullable=False, index=True),
    Column("wearer_id", String(32), ForeignKey("users.id"), nullable=False, index=True),
    Column("asked_utc_s", Float, nullable=False),
    Column("agreed_utc_s", Float),
    Column("ended_utc_s", Float),
)

routes = Table(
    "routes",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("body", Text, nullable=False),
    Column("planned_utc_s", Float, nullable=False),
)

# The same plan has the same id for everybody: who planned it stands here.
plans = Table(
    "plans",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("route_id", String(64), ForeignKey("routes.id"), nullable=False),
    Column("wearer_id", String(32), ForeignKey("users.id"), nullable=False, index=True),
    Column("planned_utc_s", Float, nullable=False),
    Column("map", String(64)),  # the name it was asked for by; null in plans of older servers
    UniqueConstraint("route_id", "wearer_id"),
)

trips = Table(
    "trips",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("wearer_id", String(32), ForeignKey("users.id"), nullable=False),
    Column("device_id", String(32), ForeignKey("devices.id"), nullable=False),
    Column("route_id", String(64), ForeignKey("routes.id")),  # null: a walk without a destination
    Column("practice", Boolean, nullable=False),
    Column("started_utc_s", Float, nullable=False),
    Column("accepted_utc_s", Float, nullable=False),
    Column("ended_utc_s", Float),
    Column("arrived", Boolean),
    # The route that is followed since the last new plan on the way; null: still the first.
    Column("followed_route_id", String(64), ForeignKey("routes.id")),
    # A device that sends its request again gets the same trip. Not unique: a device without a clock may
    # give two trips that it began by itself one and the same second.
    Index(None, "device_id", "route_id", "started_utc_s"),
    Index(None, "wearer_id", "accepted_utc_s"),
)

# The wearer's consent to live sharing: of one trip, or (trip_id null) of the next one.
shares = Table(
    "shares",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("wearer_id", String(32), ForeignKey("users.id"), nullable=False, index=True),
    Column("trip_id", String(32), ForeignKey("trips.id"), index=True),
    Column("text_version", String(16), nullable=False),
    Column("given_utc_s", Float, nullable=False),
    Column("withdrawn_utc_s", Float),
)

# A device's logs, numbered as they were first heard of: of one trip, the log with the higher number is newer.
# `acked`: every event up to it is stored; `beyond`: the ranges above it that are too, as JSON.
logs = Table(
    "logs",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("device_id", String(32), ForeignKey("devices.id"), nullable=False),
    Column("boot", String(64), nullable=False),
    Column("acked", Integer, nullable=False),
    Column("beyond", Text, nullable=False),
    UniqueConstraint("device_id", "boot"),
    sqlite_autoincrement=True,
)

# `id` is the order of arrival, by which a viewer resumes; (log_id, seq) is the order in which things
# happened.
events = Table(
    "events",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("log_id", Integer, ForeignKey("logs.id"), nullable=False),
    Column("device_id", String(32), ForeignKey("devices.id"), nullable=False),
    Column("boot", String(64), nullable=False),
    Column("seq", Integer, nullable=False),
    Column("trip_id", String(32), ForeignKey("trips.id"), nullable=False),
    Column("type", String(16), nullable=False),
    Column("utc_s", Float, nullable=False),
    Column("received_utc_s", Float, nullable=False),
    Column(
        "waited_s", Float
    ),  # in the device's log before it was sent, by the device's clock; null: not told
    Column("body", Text, nullable=False),
    UniqueConstraint("device_id", "boot", "seq"),
    Index(None, "trip_id", "id"),
    Index(None, "trip_id", "type", "log_id", "seq"),
    # Numbers are never used again, even after erasure: a viewer resumes from a number.
    sqlite_autoincrement=True,
)

# Who looked at whose trip, for the wearer to read.
looks = Table(
    "looks",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("viewer_id", String(32), ForeignKey("users.id"), nullable=False),
    Column("wearer_id", String(32), ForeignKey("users.id"), nullable=False, index=True),
    Column("trip_id", String(32), ForeignKey("trips.id"), nullable=False),
    Column("what", String(16), nullable=False),
    Column("utc_s", Float, nullable=False),
)

# Paths that somebody reported closed. Deleted when taken back, and some time after they expired.
blockages = Table(
    "blockages",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("reporter_id", String(32), ForeignKey("users.id"), nullable=False),
    Column("client_id", String(64), nullable=False),  # the reporter's own: the same report comes once
    Column("map", String(64), nullable=False),
    Column("lat", Float, nullable=False),
    Column("lon", Float, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("reported_utc_s", Float, nullable=False),
    Column("expires_utc_s", Float, nullable=False),
    UniqueConstraint("reporter_id", "client_id"),
    Index(None, "map", "expires_utc_s"),
)
