"""Who may do what with which object: one table, and the facts that it is asked with. No I/O.

Every read is asked here, through `server/allow.py`, which looks the facts up: a role alone opens nothing
but what is nobody's: planning, the places of a map, its closed paths.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from server.errors import Forbidden


class Role(StrEnum):
    """Who calls. A device acts for its wearer, within its own trips."""

    DEVICE = "device"
    WEARER = "wearer"
    CAREGIVER = "caregiver"
    EVALUATOR = "evaluator"
    ADMINISTRATOR = "administrator"


PEOPLE: Final = (Role.WEARER, Role.CAREGIVER, Role.EVALUATOR, Role.ADMINISTRATOR)
# Who sees many people's matters gives a second factor.
SECOND_FACTOR_ROLES: Final = frozenset({Role.EVALUATOR, Role.ADMINISTRATOR})


class Action(StrEnum):
    """What they want."""

    PLAN_ROUTE = "plan_route"
    READ_ROUTE = "read_route"
    START_TRIP = "start_trip"
    WALK = "walk"  # with a browser in place of a device
    READ_EVENTS = "read_events"
    READ_OUTING = "read_outing"
    WATCH_LIVE = "watch_live"
    FOLLOW = "follow"  # the list of those one watches over; each outing in it by its own right
    READ_TRIP = "read_trip"  # that there is one, and how it stands: no place
    SEE_VIEWERS = "see_viewers"
    SHARE_TRIP = "share_trip"
    FIND_PLACE = "find_place"
    REPORT_BLOCKAGE = "report_blockage"
    READ_BLOCKAGES = "read_blockages"
    REMOVE_BLOCKAGE = "remove_blockage"
    MANAGE_SELF = "manage_self"  # one's own password, sessions, second factor
    INVITE = "invite"
    ACCEPT_INVITATION = "accept_invitation"
    LIST_RELATIONS = "list_relations"
    ANSWER_RELATION = "answer_relation"  # agree, set the order in which they are told
    END_RELATION = "end_relation"
    PAIR_DEVICE = "pair_device"
    ROTATE_KEY = "rotate_key"
    LIST_DEVICES = "list_devices"
    CHANGE_DEVICE = "change_device"  # rename, revoke
    LIST_PEOPLE = "list_people"
    CHANGE_PERSON = "change_person"  # disable, enable, reset
    READ_AUDIT = "read_audit"
    CONSENT = "consent"  # read one's own, give, withdraw
    READ_LOOKS = "read_looks"  # who looked at one's own outings
    USE_PLACES = "use_places"  # one's own saved places
    KEEP_ZONES = "keep_zones"  # one's own
    READ_MAP = "read_map"  # blurred, without a time
    READ_ALERT = "read_alert"
    ACKNOWLEDGE_ALERT = "acknowledge_alert"  # take it
    END_ALERT = "end_alert"  # "I am all right"; see who was told
    KEEP_CHANNELS = "keep_channels"  # one's own e-mail addresses, browsers and webhooks
    SEE_TO_BLOCKAGES = "see_to_blockages"  # everybody's, by the street and the hour: confirm, end
    KEEP_MAPS = "keep_maps"  # what each map knows; fetch it anew
    READ_STATUS = "read_status"  # how the server goes, in counts
    READ_TRIAL = "read_trial"  # a published report; what is one participant's own by a right of its own


class Need(StrEnum):
    """What must hold between caller and object."""

    NOTHING = "nothing"  # there is no object yet
    OWN = "own"
    SHARED = "shared"
    ENROLLED = "enrolled"
    RELATED = "related"  # a caregiver to whom some wearer agrees now
    REPORTED = "reported"  # who reported it, and nobody else
    PARTY = "party"  # the caregiver or evaluator of this relation
    TOLD = "told"  # a caregiver who may be told of this alert now; on duty, who was told of it
    ORGANISATION = "organisation"  # the account, device or trial of one's own organisation


# No row: never.
TABLE: dict[tuple[Role, Action], Need] = {
    (Role.DEVICE, Action.PLAN_ROUTE): Need.NOTHING,
    (Role.DEVICE, Action.READ_ROUTE): Need.OWN,
    (Role.DEVICE, Action.START_TRIP): Need.OWN,
    (Role.DEVICE, Action.READ_EVENTS): Need.OWN,
    (Role.DEVICE, Action.READ_OUTING): Need.OWN,
    (Role.WEARER, Action.PLAN_ROUTE): Need.NOTHING,
    (Role.WEARER, Action.READ_ROUTE): Need.OWN,
    (Role.WEARER, Action.READ_EVENTS): Need.OWN,
    (Role.WEARER, Action.READ_OUTING): Need.OWN,
    (Role.WEARER, Action.WATCH_LIVE): Need.OWN,
    (Role.WEARER, Action.SHARE_TRIP): Need.OWN,
    (Role.WEARER, Action.WALK): Need.NOTHING,  # the browser and its trips are the caller's own, or refused
    (Role.DEVICE, Action.FIND_PLACE): Need.NOTHING,
    (Role.DEVICE, Action.REPORT_BLOCKAGE): Need.NOTHING,
    (Role.DEVICE, Action.READ_BLOCKAGES): Need.NOTHING,
    (Role.DEVICE, Action.REMOVE_BLOCKAGE): Need.REPORTED,
    (Role.WEARER, Action.FIND_PLACE): Need.NOTHING,
    (Role.WEARER, Action.REPORT_BLOCKAGE): Need.NOTHING,
    (Role.WEARER, Action.READ_BLOCKAGES): Need.NOTHING,
    (Role.WEARER, Action.REMOVE_BLOCKAGE): Need.REPORTED,
    (Role.CAREGIVER, Action.REPORT_BLOCKAGE): Need.RELATED,
    (Role.CAREGIVER, Action.READ_BLOCKAGES): Need.RELATED,
    # Also when no wearer agrees any more: a wrong report must not outlive the one who can end it.
    (Role.CAREGIVER, Action.REMOVE_BLOCKAGE): Need.REPORTED,
    (Role.CAREGIVER, Action.READ_ROUTE): Need.SHARED,
    (Role.CAREGIVER, Action.READ_EVENTS): Need.SHARED,
    (Role.CAREGIVER, Action.READ_OUTING): Need.SHARED,
    (Role.CAREGIVER, Action.WATCH_LIVE): Need.SHARED,
    (Role.CAREGIVER, Action.FOLLOW): Need.NOTHING,
    (Role.DEVICE, Action.READ_TRIP): Need.OWN,
    (Role.WEARER, Action.READ_TRIP): Need.OWN,
    (Role.CAREGIVER, Action.READ_TRIP): Need.SHARED,
    (Role.EVALUATOR, Action.READ_TRIP): Need.ENROLLED,
    (Role.WEARER, Action.SEE_VIEWERS): Need.OWN,
    **{(role, Action.MANAGE_SELF): Need.NOTHING for role in PEOPLE},
    (Role.WEARER, Action.CONSENT): Need.NOTHING,
    (Role.WEARER, Action.READ_LOOKS): Need.NOTHING,
    (Role.WEARER, Action.USE_PLACES): Need.NOTHING,
    (Role.WEARER, Action.KEEP_ZONES): Need.NOTHING,
    (Role.DEVICE, Action.USE_PLACES): Need.NOTHING,
    (Role.WEARER, Action.READ_MAP): Need.OWN,
    (Role.DEVICE, Action.ROTATE_KEY): Need.OWN,
    (Role.WEARER, Action.INVITE): Need.OWN,
    (Role.CAREGIVER, Action.ACCEPT_INVITATION): Need.NOTHING,
    (Role.WEARER, Action.LIST_RELATIONS): Need.NOTHING,
    (Role.CAREGIVER, Action.LIST_RELATIONS): Need.NOTHING,
    (Role.EVALUATOR, Action.LIST_RELATIONS): Need.NOTHING,
    (Role.WEARER, Action.ANSWER_RELATION): Need.OWN,
    (Role.WEARER, Action.END_RELATION): Need.OWN,
    (Role.CAREGIVER, Action.END_RELATION): Need.PARTY,
    (Role.EVALUATOR, Action.END_RELATION): Need.PARTY,
    (Role.WEARER, Action.PAIR_DEVICE): Need.NOTHING,
    (Role.WEARER, Action.LIST_DEVICES): Need.OWN,
    (Role.WEARER, Action.CHANGE_DEVICE): Need.OWN,
    # People and devices of their own organisation: nothing here says where anybody was.
    (Role.ADMINISTRATOR, Action.LIST_DEVICES): Need.ORGANISATION,
    (Role.ADMINISTRATOR, Action.CHANGE_DEVICE): Need.ORGANISATION,
    (Role.ADMINISTRATOR, Action.LIST_PEOPLE): Need.ORGANISATION,
    (Role.ADMINISTRATOR, Action.CHANGE_PERSON): Need.ORGANISATION,
    (Role.ADMINISTRATOR, Action.READ_AUDIT): Need.ORGANISATION,
    # The streets and the server are nobody's. Who reported a closed path is told to nobody.
    (Role.ADMINISTRATOR, Action.SEE_TO_BLOCKAGES): Need.NOTHING,
    (Role.ADMINISTRATOR, Action.KEEP_MAPS): Need.NOTHING,
    (Role.ADMINISTRATOR, Action.READ_STATUS): Need.NOTHING,
    (Role.WEARER, Action.READ_ALERT): Need.OWN,
    (Role.WEARER, Action.END_ALERT): Need.OWN,
    (Role.CAREGIVER, Action.READ_ALERT): Need.TOLD,
    (Role.CAREGIVER, Action.ACKNOWLEDGE_ALERT): Need.TOLD,
    (Role.CAREGIVER, Action.KEEP_CHANNELS): Need.NOTHING,
    # The organisation's duty: what came to it when nobody else had answered, and never where it was.
    (Role.ADMINISTRATOR, Action.KEEP_CHANNELS): Need.NOTHING,
    (Role.ADMINISTRATOR, Action.READ_ALERT): Need.TOLD,
    (Role.ADMINISTRATOR, Action.ACKNOWLEDGE_ALERT): Need.TOLD,
    # Minutes only: events and routes say where a person lives.
    (Role.EVALUATOR, Action.READ_OUTING): Need.ENROLLED,
    (Role.EVALUATOR, Action.READ_MAP): Need.ENROLLED,
    # What was computed of all together; nobody's own days (server/trial_results.py).
    (Role.EVALUATOR, Action.READ_TRIAL): Need.ORGANISATION,
}

# What `shared` opens, an emergency opens too: where they are now, not where they have been.
IN_EMERGENCY: Final = frozenset({(Role.CAREGIVER, Action.WATCH_LIVE), (Role.CAREGIVER, Action.READ_TRIP)})


@dataclass(frozen=True, slots=True)
class Actor:
    """A caller. `user_id` is the wearer's for a device."""

    user_id: str
    role: Role
    name: str
    device_id: str | None = None
    logs_only: bool = False  # the key of a phone that logs: it opens nothing else


@dataclass(frozen=True, slots=True)
class Facts:
    """How the caller stands to one object.

    `shared`: a caregiver whom the wearer had agreed to when sharing this trip; both still hold, as does the
    wearer's consent to live sharing.
    `emergency`: a caregiver to whom the wearer agrees now, while the trip's call for help or unanswered fall
    is open, if the wearer agreed to that for emergencies; the trip need not be shared.
    `enrolled`: an evaluator whom the wearer had agreed to before the trip; it still holds, and so does the
    wearer's consent to the trial.
    `related`: a caregiver to whom any wearer agrees now. `reported`: the object is their own report.
    `told`: as `shared`, or in an emergency also where it is not; an administrator on duty whom an emergency
    has come to, and who is on duty still (server/alerts/rights.py).
    `party`: they are the caregiver or the evaluator of this relation. `organisation`: the account, the
    wearer of the device, or the trial belongs to their organisation.
    """

    own: bool = False
    shared: bool = False
    emergency: bool = False
    enrolled: bool = False
    related: bool = False
    reported: bool = False
    party: bool = False
    told: bool = False
    organisation: bool = False


def may(role: Role, action: Action, facts: Facts) -> bool:
    """The decision. Pure: the whole table is tested."""
    match TABLE.get((role, action)):
        case None:
            return False
        case Need.NOTHING:
            return True
        case Need.OWN:
            return facts.own
        case Need.SHARED:
            return facts.shared or (facts.emergency and (role, action) in IN_EMERGENCY)
        case Need.ENROLLED:
            return facts.enrolled
        case Need.RELATED:
            return facts.related
        case Need.REPORTED:
            return facts.reported
        case Need.PARTY:
            return facts.party
        case Need.TOLD:
            return facts.told
        case Need.ORGANISATION:
            return facts.organisation


def role_may(actor: Actor, action: Action) -> None:
    """Raise `Forbidden` where no object could make it right."""
    if (actor.role, action) not in TABLE:
        raise Forbidden("この役割ではできません。", f"The role {actor.role} may not do this.")
