"""What is stored. The migrations make these tables; a test compares the two.

Ids are random and say nothing. Keys, passwords and session tokens are stored as hashes only.
Times are UTC seconds since 1970.

One long file on purpose: tables point at each other, and who exports, erases or migrates has to see them all.
"""

from typing import Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
    literal_column,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# Numbers that grow with every event of every trip, or come from a device's own counter.
_BIG = BigInteger().with_variant(Integer(), "sqlite")

# Who runs the trial at one place: a municipality, a welfare office. Its administrators see to its own people.
organisations = Table(
    "organisations",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("name", String(100), nullable=False, unique=True),
    Column("created_utc_s", Float, nullable=False),
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
    Column("organisation_id", String(32), ForeignKey("organisations.id"), index=True),
    Column("lang", String(2)),  # of messages that are sent; null: Japanese with English beside it
    # The second factor: the secret, sealed with the server's key; the last step that was used, never again.
    Column("totp_sealed", String(200)),
    Column("totp_confirmed_utc_s", Float),
    Column("totp_last_step", _BIG),
    Column("password_set_utc_s", Float),  # null: a one-time password, to be changed at the next login
    Column("disabled_utc_s", Float),
    Column("login_utc_s", Float),  # the newest time that the password opened a session
    # Erased: the row stays, without a name, so that what others own (an audit, a relation) has its end.
    Column("erased_utc_s", Float),
)

# Ten for each second factor that was set up; each opens once.
recovery_codes = Table(
    "recovery_codes",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("user_id", String(32), ForeignKey("users.id"), nullable=False, index=True),
    Column("code_hash", String(64), nullable=False),
    Column("used_utc_s", Float),
)

sessions = Table(
    "sessions",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("user_id", String(32), ForeignKey("users.id"), nullable=False),
    Column("csrf", String(64), nullable=False),
    Column("created_utc_s", Float, nullable=False),
    Column("seen_utc_s", Float, nullable=False),
    # When the second factor was given; null: not needed, or not yet (the session opens nothing else then).
    Column("second_factor_utc_s", Float),
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
    Column("kind", String(16), nullable=False, server_default="glasses"),  # or "logger": a phone's positions
    # Rotation: the new key is known beside the old one until it is first used.
    Column("next_key_hash", String(64), unique=True),
    Column("next_key_utc_s", Float),
    Column("key_utc_s", Float),  # since when the key is in use; null: since `created_utc_s`
    Column("seen_utc_s", Float),  # last contact, to a minute
    Column("version", String(64)),  # of the program on it, as it says
)

# A short code that a person types on a device or reads to it; good once, for minutes.
pairings = Table(
    "pairings",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("wearer_id", String(32), ForeignKey("users.id"), nullable=False, index=True),
    Column("code_hash", String(64), nullable=False, unique=True),
    Column("label", String(100), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("created_utc_s", Float, nullable=False),
    Column("expires_utc_s", Float, nullable=False),
    Column("used_utc_s", Float),
    Column("device_id", String(32), ForeignKey("devices.id")),
)

# The wearer asks somebody to watch over them. Who has the code, and no other, may accept.
invitations = Table(
    "invitations",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("wearer_id", String(32), ForeignKey("users.id"), nullable=False, index=True),
    Column("name", String(100), nullable=False),  # whom the wearer means, in their own words
    Column("code_hash", String(64), nullable=False, unique=True),
    Column("created_utc_s", Float, nullable=False),
    Column("expires_utc_s", Float, nullable=False),
    Column("accepted_utc_s", Float),
    Column("accepted_by", String(32), ForeignKey("users.id")),
    Column("withdrawn_utc_s", Float),
)

# What a wearer said yes to. In force: given and not withdrawn. Rows are never changed but for their end.
consents = Table(
    "consents",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("wearer_id", String(32), ForeignKey("users.id"), nullable=False, index=True),
    Column("purpose", String(24), nullable=False),  # live_sharing trial_research model_improvement ...
    Column("version", String(16), nullable=False),  # ... emergency_sharing; of the text that was agreed to
    Column("lang", String(2), nullable=False),
    Column("how", String(16), nullable=False),  # page, audio, paper, device
    Column("given_utc_s", Float, nullable=False),
    Column("withdrawn_utc_s", Float),
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
    # When alerts reach a caregiver: 1 first, then 2; the same number together. Null: not at all.
    Column("alert_order", Integer),
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
    Column("route_id", String(64), ForeignKey("routes.id"), index=True),  # null: without a destination
    Column("practice", Boolean, nullable=False),
    Column("started_utc_s", Float, nullable=False),
    Column("accepted_utc_s", Float, nullable=False),
    Column("ended_utc_s", Float),
    Column("arrived", Boolean),
    # How the walk stands by what is known (server/walk_state.py), and since when; null: not looked at yet.
    Column("state", String(16)),
    Column("state_utc_s", Float),
    # Since when its figures stand in `days` (retention): its track is deleted and counts no more.
    Column("summed_utc_s", Float),
    # The route that is followed since the last new plan on the way; null: still the first.
    Column("followed_route_id", String(64), ForeignKey("routes.id"), index=True),
    # A device that sends its request again gets the same trip. Not unique: a device without a clock may
    # give two trips that it began by itself one and the same second.
    Index(None, "device_id", "route_id", "started_utc_s"),
    Index(None, "wearer_id", "accepted_utc_s"),
    Index(None, "summed_utc_s", "accepted_utc_s"),
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
    Column("acked", _BIG, nullable=False),
    Column("beyond", Text, nullable=False),
    UniqueConstraint("device_id", "boot"),
    sqlite_autoincrement=True,
)

# Where a trip's events lie: every one of them in that log has its `seq` from `first_seq` to `last_seq`, which
# is some way ahead of the newest (server/group.py). A device's log is one for years, and holds all its trips.
trip_logs = Table(
    "trip_logs",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("trip_id", String(32), ForeignKey("trips.id"), nullable=False),
    Column("log_id", Integer, ForeignKey("logs.id"), nullable=False, index=True),
    Column("first_seq", _BIG, nullable=False),
    Column("last_seq", _BIG, nullable=False),
    UniqueConstraint("trip_id", "log_id"),
)

# `id` is the order of arrival, by which a viewer resumes; (log_id, seq) is the order in which things
# happened. A thousand walks at once fill it, each row in another place of each index: there is one for all
# events, and one for the few that are no positions (server/spans.py finds the positions by `trip_logs`). For
# the same reason only the log is referred to: a trip or a device that goes would be looked for in all rows.
# Neither goes before its key was revoked, and then nothing comes for it any more (server/group.py).
events = Table(
    "events",
    metadata,
    Column("id", _BIG, primary_key=True),
    Column("log_id", Integer, ForeignKey("logs.id"), nullable=False),
    Column("device_id", String(32), nullable=False),
    Column("boot", String(64), nullable=False),
    Column("seq", _BIG, nullable=False),
    Column("trip_id", String(32), nullable=False),
    Column("type", String(16), nullable=False),
    Column("utc_s", Float, nullable=False),
    Column("received_utc_s", Float, nullable=False),
    Column(
        "waited_s", Float
    ),  # in the device's log before it was sent, by the device's clock; null: not told
    Column("body", Text, nullable=False),
    UniqueConstraint("log_id", "seq"),
    # Numbers are never used again, even after erasure: a viewer resumes from a number.
    sqlite_autoincrement=True,
)
# As text, not as a parameter: a query that says so too is one that the index serves.
NO_POSITION: Final = events.c.type != literal_column("'moved'")
Index(
    None,
    events.c.trip_id,
    events.c.type,
    events.c.log_id,
    events.c.seq,
    sqlite_where=NO_POSITION,
    postgresql_where=NO_POSITION,
)

# Who looked at whose trip, for the wearer to read.
looks = Table(
    "looks",
    metadata,
    Column("id", Integer, primary_key=True),
    # Null where a share link was opened (`link_id`): nobody is logged in.
    Column("viewer_id", String(32), ForeignKey("users.id")),
    Column("wearer_id", String(32), ForeignKey("users.id"), nullable=False, index=True),
    Column("trip_id", String(32), ForeignKey("trips.id")),  # null: what was looked at is no trip
    Column("what", String(16), nullable=False),
    Column("utc_s", Float, nullable=False),
    Column("link_id", String(32), ForeignKey("links.id")),
    Index(None, "viewer_id", "what", "utc_s"),
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
    Column("confirmed_utc_s", Float),  # an administrator has looked whether it is so
    UniqueConstraint("reporter_id", "client_id"),
    Index(None, "map", "expires_utc_s"),
)

# A read-only view of one trip for whoever has the address. It expires, can be revoked, and needs no login.
links = Table(
    "links",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("trip_id", String(32), ForeignKey("trips.id"), nullable=False, index=True),
    Column("wearer_id", String(32), ForeignKey("users.id"), nullable=False, index=True),
    Column("token_hash", String(64), nullable=False, unique=True),
    Column("name", String(100), nullable=False),  # whom it is for, in the wearer's words
    Column("created_utc_s", Float, nullable=False),
    Column("expires_utc_s", Float, nullable=False),
    Column("revoked_utc_s", Float),
    Column("opened_utc_s", Float),  # for the first time
)

# Who follows which trip at this moment, over all processes: each tells of its own open views, and again every
# few seconds; what was not told again is over. No references: a trip's end must not wait for these.
watching = Table(
    "watching",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("worker", String(32), nullable=False, index=True),  # a process, by its epoch
    Column("trip_id", String(32), nullable=False, index=True),
    Column("user_id", String(32)),  # null: by a share link
    Column("link_id", String(32)),
    Column("since_utc_s", Float, nullable=False),
    Column("seen_utc_s", Float, nullable=False),
)

# What the server has to say to the wearer, through the device: sent until the device answers or it expires.
notices = Table(
    "notices",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("wearer_id", String(32), ForeignKey("users.id"), nullable=False, index=True),
    Column("trip_id", String(32), ForeignKey("trips.id"), nullable=False, index=True),
    Column("device_id", String(32), ForeignKey("devices.id")),  # who says it; null: the trip's device
    Column("kind", String(16), nullable=False),
    Column("name", String(100), nullable=False),
    Column("count", Integer, nullable=False),
    Column("created_utc_s", Float, nullable=False),
    Column("expires_utc_s", Float, nullable=False, index=True),
    Column("answer", String(16)),  # heard, ok, help, no_answer; null: not answered
    Column("answered_utc_s", Float),
)

# Something that a person should look at. `key`: one alert for one happening of a trip, also after a crash.
alerts = Table(
    "alerts",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("wearer_id", String(32), ForeignKey("users.id"), nullable=False, index=True),
    Column("trip_id", String(32), ForeignKey("trips.id"), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("key", String(64), nullable=False),
    # asking: the wearer is asked first; open: told to people; acknowledged: a person has taken it;
    # over: it ended by itself or was taken back.
    Column("state", String(16), nullable=False),
    Column("raised_utc_s", Float, nullable=False),
    Column("changed_utc_s", Float, nullable=False),
    Column("step", Integer, nullable=False),  # how many steps of the chain were told
    # When the chain looks at it next; null: never. Who changes `state` sets it to that moment: those who were
    # told are then told of the change too, once.
    Column("next_utc_s", Float),
    Column("unanswered_utc_s", Float),  # since when the whole chain has been told and nobody has answered
    Column("notice_id", String(32), ForeignKey("notices.id")),
    Column("acknowledged_by", String(32), ForeignKey("users.id")),
    Column("acknowledged_utc_s", Float),
    Column("over_utc_s", Float),
    Column("over_why", String(24)),
    Column("lat", Float),
    Column("lon", Float),
    Column("accuracy_m", Float),
    Column("fix_utc_s", Float),
    Column("detail", Text, nullable=False),  # JSON: the figures of its sentence
    UniqueConstraint("trip_id", "kind", "key"),
    Index(None, "state", "next_utc_s"),
)

# Where a person wants to be told, beside the pages: an address, a browser's push service, a webhook.
channels = Table(
    "channels",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("user_id", String(32), ForeignKey("users.id"), nullable=False, index=True),
    Column("kind", String(16), nullable=False),  # email, push, webhook
    Column("address", Text, nullable=False),  # JSON, sealed
    # Of an administrator: told last, for the whole organisation, when nobody else has answered.
    Column("duty", Boolean, nullable=False, server_default=false()),
    Column("created_utc_s", Float, nullable=False),
    Column("confirmed_utc_s", Float),  # an e-mail address counts once its owner has answered
    Column("confirm_hash", String(64)),
    Column("failed_utc_s", Float),  # gone for good (a push service said so)
    Column("ended_utc_s", Float),
)

# One message of one alert to one person by one way: written before it is sent.
deliveries = Table(
    "deliveries",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("alert_id", String(32), ForeignKey("alerts.id"), nullable=False, index=True),
    Column("user_id", String(32), ForeignKey("users.id"), nullable=False, index=True),
    Column("channel_id", String(32), nullable=False),  # empty: the person's own page
    Column("kind", String(16), nullable=False),  # page, email, push, webhook
    Column("what", String(16), nullable=False),  # raised, acknowledged, over
    Column("step", Integer, nullable=False),
    Column("state", String(16), nullable=False),  # pending, sent, failed (tried again), given_up
    Column("tries", Integer, nullable=False),
    Column("created_utc_s", Float, nullable=False),
    Column("next_utc_s", Float),
    Column("sent_utc_s", Float),
    Column("error", String(200)),
    UniqueConstraint("alert_id", "user_id", "channel_id", "what", "step"),
    Index(None, "state", "next_utc_s"),
    # A page that is open resumes from a number.
    sqlite_autoincrement=True,
)

# Ground whose entering or leaving somebody is told of, if the wearer wants that.
zones = Table(
    "zones",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("wearer_id", String(32), ForeignKey("users.id"), nullable=False, index=True),
    Column("name", String(100), nullable=False),
    Column("lat", Float, nullable=False),
    Column("lon", Float, nullable=False),
    Column("radius_m", Float, nullable=False),
    Column("on_enter", Boolean, nullable=False),
    Column("on_leave", Boolean, nullable=False),
    Column("created_utc_s", Float, nullable=False),
)

# Places that a wearer keeps: destinations by their own name, and home (which others' maps are blurred near).
saved_places = Table(
    "saved_places",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("wearer_id", String(32), ForeignKey("users.id"), nullable=False, index=True),
    Column("name", String(100), nullable=False),
    Column("kind", String(16), nullable=False),  # home, other
    Column("map", String(64)),
    Column("lat", Float, nullable=False),
    Column("lon", Float, nullable=False),
    Column("created_utc_s", Float, nullable=False),
    UniqueConstraint("wearer_id", "name"),
)

# What stays of a day when its track is deleted (retention).
days = Table(
    "days",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("wearer_id", String(32), ForeignKey("users.id"), nullable=False),
    Column("device_kind", String(16), nullable=False),
    Column("day", String(10), nullable=False),  # in Japan, 2026-11-22
    Column("trips", Integer, nullable=False),
    Column("minutes", Float),  # null: positions could not tell
    Column("minutes_min", Float),
    Column("minutes_max", Float),
    Column("coverage", Float),
    Column("distance_m", Float),
    Column("made_utc_s", Float, nullable=False),
    UniqueConstraint("wearer_id", "device_kind", "day"),
)

# A trial's published report, for the evaluators of its organisation. `result`: without what is one
# participant's own, which stands in `trial_persons`; `persons`: how many it has, also who is not there.
trials = Table(
    "trials",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("organisation_id", String(32), ForeignKey("organisations.id"), nullable=False, index=True),
    Column("published_utc_s", Float, nullable=False),
    Column("simulated", Boolean, nullable=False),
    Column("persons", Integer, nullable=False),
    Column("result", Text, nullable=False),
)

# A participant's own part of a report; null `wearer_id`: of a simulation, and nobody.
trial_persons = Table(
    "trial_persons",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("trial_id", String(32), ForeignKey("trials.id"), nullable=False),
    Column("wearer_id", String(32), ForeignKey("users.id"), index=True),
    Column("person", String(64), nullable=False),  # as the report calls them
    Column("body", Text, nullable=False),
    Column("days", Text, nullable=False),
    UniqueConstraint("trial_id", "person"),
)

# A report's files in pieces: the lines of a table that are one participant's are a piece of their own.
# `of_all`: it holds what is each participant's own and cannot be cut (PDF).
trial_files = Table(
    "trial_files",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("trial_id", String(32), ForeignKey("trials.id"), nullable=False),
    Column("person_id", Integer, ForeignKey("trial_persons.id"), index=True),
    Column("name", String(100), nullable=False),
    Column("number", Integer, nullable=False),
    Column("of_all", Boolean, nullable=False),
    Column("body", LargeBinary, nullable=False),
    UniqueConstraint("trial_id", "name", "number"),
)

# What was erased and when: kept beside the backups, so that a restored one is erased again.
erasures = Table(
    "erasures",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("user_id", String(32), nullable=False, unique=True),
    Column("asked_utc_s", Float, nullable=False),
    Column("done_utc_s", Float),
)

# What administrators and the command line did. Never positions, never names.
audit = Table(
    "audit",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("utc_s", Float, nullable=False, index=True),
    Column("actor_id", String(32)),  # null: the command line
    Column("organisation_id", String(32), index=True),
    Column("what", String(32), nullable=False),
    Column("object_id", String(64)),
    Column("detail", Text, nullable=False),
)

# New maps that an administrator has asked for: the page is told from here, also after a reload or a restart.
map_jobs = Table(
    "map_jobs",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("map", String(64), nullable=False),
    Column("kind", String(16), nullable=False),  # fetch, build
    Column("area", String(120), nullable=False),  # south,west,north,east
    # waiting, running, asks (it is worse than the one in use), done, failed, dropped
    Column("state", String(16), nullable=False),
    Column("asked_utc_s", Float, nullable=False),
    Column("told_utc_s", Float, nullable=False),
    Column("told", Text, nullable=False),  # JSON: how far it is, or what came of it
    Index(None, "map", "asked_utc_s"),
)

# How far the one process that watches over all trips has read (`alerts`), and such.
marks = Table(
    "marks",
    metadata,
    Column("name", String(32), primary_key=True),
    Column("value", Text, nullable=False),
)
