"""Who may call what, of everybody in the town: the decided table that the server is asked against."""

OWN = {"hanako", "device"}
# A caregiver of another organisation is as good as one of the wearer's own.
SHARED = {"watching", "sister"}
WEARERS = {"hanako", "taro", "far"}
DEVICES = {"device", "second device", "device of taro"}  # a logger is none of them: it only logs
# The device of the wearer beside the one that walks: her routes and places are its own, that trip is not.
BESIDE = {"second device"}
WALKERS = WEARERS | DEVICES
# Caregivers to whom a wearer agrees now, whether a trip is shared with them or not.
RELATED = {"watching", "sister", "late", "of-taro"}
CAREGIVERS = RELATED | {"asked", "ended", "unrelated"}
EVALUATORS = {"eva", "eva-asked", "eva-ended", "eva-late", "eva-unrelated"}
# To whom the wearer agrees now: an outing of before that is not theirs to see, a trial's result is.
AGREED = {"eva", "eva-late"}
ADMINISTRATORS = {"admin", "admin-far"}
PEOPLE = WEARERS | CAREGIVERS | EVALUATORS | ADMINISTRATORS
# Logged in half: a second factor to be set up, its code, a password of one's own is missing.
HALF = {"eva-half", "eva-code", "admin-half", "new"}
STRANGER = "a stranger"
# Disabled, revoked, the device of somebody disabled, nobody at all.
NOBODY = {STRANGER, "disabled", "gone", "revoked device", "device of gone"}
ANYBODY = PEOPLE | DEVICES | {"logger"} | HALF | NOBODY
API = "/api/v1"

# Everybody else must not.
MATRIX: dict[tuple[str, str], set[str]] = {
    ("GET", f"{API}/routes/{{route_id}}"): OWN | SHARED | BESIDE,
    ("POST", f"{API}/routes"): WALKERS,
    ("POST", f"{API}/routes/alternatives"): WALKERS,
    ("GET", f"{API}/places?map=oita&q=大分"): WALKERS,
    ("POST", f"{API}/blockages"): WALKERS | RELATED,
    ("GET", f"{API}/blockages?map=oita"): WALKERS | RELATED,
    ("DELETE", f"{API}/blockages/{{blockage_id}}"): OWN | BESIDE,
    ("GET", f"{API}/saved-places"): WALKERS,
    ("POST", f"{API}/saved-places"): WALKERS,
    ("DELETE", f"{API}/saved-places/{{place_id}}"): OWN | BESIDE,
    ("POST", f"{API}/trips"): OWN - {"hanako"} | BESIDE,
    ("GET", f"{API}/trips"): WALKERS | CAREGIVERS | EVALUATORS,  # each sees their own page of them
    ("GET", f"{API}/trips/{{trip_id}}"): OWN | SHARED | {"eva"},
    ("GET", f"{API}/trips/{{trip_id}}/events"): OWN | SHARED,
    ("GET", f"{API}/trips/{{trip_id}}/outing"): OWN | SHARED | {"eva"},
    ("GET", f"{API}/trips/{{trip_id}}/map"): {"hanako", "eva"},
    ("GET", f"{API}/trips/{{trip_id}}/live"): {"hanako"} | SHARED,
    ("GET", f"{API}/trips/{{trip_id}}/map-facts"): {"hanako"} | SHARED,
    ("GET", f"{API}/trips/{{trip_id}}/viewers"): {"hanako"},
    ("POST", f"{API}/trips/{{trip_id}}/links"): {"hanako"},
    ("GET", f"{API}/links"): WEARERS,
    ("DELETE", f"{API}/links/{{link_id}}"): {"hanako"},
    ("POST", f"{API}/uplink/events"): DEVICES | {"logger"},
    ("POST", f"{API}/loggers/owntracks"): {"logger"},
    ("POST", f"{API}/walk/events"): {"hanako"},  # whose browser the request says to be
    ("GET", f"{API}/walk/{{trip_id}}"): {"hanako"},
    ("GET", f"{API}/zones"): WEARERS,
    ("POST", f"{API}/zones"): WEARERS,
    ("DELETE", f"{API}/zones/{{zone_id}}"): {"hanako"},
    ("GET", f"{API}/alerts"): WEARERS | CAREGIVERS | ADMINISTRATORS,
    ("GET", f"{API}/following/live"): CAREGIVERS,  # each their own
    ("GET", f"{API}/alerts/live"): WEARERS | CAREGIVERS | ADMINISTRATORS,  # each their own
    ("GET", f"{API}/alerts/{{alert_id}}"): {"hanako"} | SHARED,
    ("POST", f"{API}/alerts/{{alert_id}}/acknowledge"): SHARED,
    ("POST", f"{API}/alerts/{{alert_id}}/end"): {"hanako"},
    ("GET", f"{API}/channels"): CAREGIVERS | ADMINISTRATORS,
    ("GET", f"{API}/channels/push-key"): CAREGIVERS | ADMINISTRATORS,
    ("POST", f"{API}/channels/email"): CAREGIVERS | ADMINISTRATORS,
    ("POST", f"{API}/channels/push"): CAREGIVERS | ADMINISTRATORS,
    ("POST", f"{API}/channels/webhook"): CAREGIVERS | ADMINISTRATORS,
    ("POST", f"{API}/channels/{{channel_id}}/confirm"): {"watching"},
    ("POST", f"{API}/channels/{{channel_id}}/test"): {"watching"},
    ("DELETE", f"{API}/channels/{{channel_id}}"): {"watching"},
    ("GET", f"{API}/looks"): WEARERS,
    ("GET", f"{API}/consents"): WEARERS,
    ("POST", f"{API}/consents"): WEARERS,
    ("POST", f"{API}/consents/withdrawals"): WEARERS,
    ("GET", f"{API}/consents/texts/{{purpose}}"): PEOPLE | DEVICES,
    ("GET", f"{API}/consents/texts/{{purpose}}/{{version}}"): PEOPLE | DEVICES,
    ("GET", f"{API}/consents/texts/{{purpose}}/{{version}}/audio"): PEOPLE | DEVICES,
    ("POST", f"{API}/export"): PEOPLE,
    ("GET", f"{API}/erasure"): PEOPLE,
    ("POST", f"{API}/erasure"): PEOPLE,
    ("DELETE", f"{API}/erasure"): {"taro"},  # who has asked for it
    ("GET", f"{API}/account"): PEOPLE,
    ("POST", f"{API}/account/password"): PEOPLE,
    ("GET", f"{API}/account/sessions"): PEOPLE,
    ("DELETE", f"{API}/account/sessions"): PEOPLE,
    ("DELETE", f"{API}/account/sessions/{{session_id}}"): {"hanako"},
    ("POST", f"{API}/account/second-factor"): PEOPLE,
    ("PUT", f"{API}/account/second-factor"): PEOPLE,
    ("POST", f"{API}/account/second-factor/codes"): EVALUATORS | ADMINISTRATORS,  # who has one
    ("DELETE", f"{API}/account/second-factor"): WEARERS | CAREGIVERS,
    ("GET", f"{API}/people"): ADMINISTRATORS,
    ("POST", f"{API}/people"): ADMINISTRATORS,
    ("GET", f"{API}/people/{{person_id}}"): {"admin"},
    ("PATCH", f"{API}/people/{{person_id}}"): {"admin"},
    ("POST", f"{API}/people/{{person_id}}/disable"): {"admin"},
    ("POST", f"{API}/people/{{person_id}}/enable"): {"admin"},
    ("POST", f"{API}/people/{{person_id}}/password"): {"admin"},
    ("DELETE", f"{API}/people/{{person_id}}/second-factor"): {"admin"},
    ("POST", f"{API}/people/{{user_id}}/erasure"): {"admin"},
    ("GET", f"{API}/audit"): ADMINISTRATORS,
    ("GET", f"{API}/devices"): WEARERS | ADMINISTRATORS,
    ("PATCH", f"{API}/devices/{{device_id}}"): {"hanako", "admin"},
    ("DELETE", f"{API}/devices/{{device_id}}"): {"hanako", "admin"},
    ("POST", f"{API}/devices/self/key"): DEVICES,
    ("POST", f"{API}/pairings"): WEARERS,
    ("POST", f"{API}/pairings/redeem"): ANYBODY,  # the code is what opens
    ("GET", f"{API}/trials"): EVALUATORS,
    ("GET", f"{API}/trials/{{trial_id}}"): EVALUATORS,  # what is of all together
    ("GET", f"{API}/trials/{{trial_id}}/participants/{{person}}"): AGREED,
    ("GET", f"{API}/trials/{{trial_id}}/files/{{file_name}}"): EVALUATORS,
    ("GET", f"{API}/relations"): WEARERS | CAREGIVERS | EVALUATORS,
    ("POST", f"{API}/relations/{{relation_id}}/agree"): {"hanako"},
    ("PUT", f"{API}/relations/{{relation_id}}/alert-order"): {"hanako"},
    ("DELETE", f"{API}/relations/{{relation_id}}"): {"hanako", "watching"},
    ("GET", f"{API}/invitations"): WEARERS,
    ("POST", f"{API}/invitations"): WEARERS,
    ("DELETE", f"{API}/invitations/{{invitation_id}}"): {"hanako"},
    ("POST", f"{API}/invitations/accept"): CAREGIVERS,
    ("POST", f"{API}/invitations/register"): ANYBODY,  # the code is what opens
    # Pages.
    ("GET", "/healthz"): ANYBODY,
    ("GET", "/readyz"): ANYBODY,
    ("GET", "/"): ANYBODY - HALF,  # who is logged in half is led to what is missing
    ("GET", "/login"): ANYBODY,
    ("POST", "/login"): ANYBODY,
    ("POST", "/logout"): PEOPLE | HALF,
    ("GET", "/login/second-factor"): PEOPLE | HALF,
    ("POST", "/login/second-factor"): (PEOPLE | HALF) - {"eva-code"},  # whose code is wrong here
    ("GET", "/login/password"): PEOPLE | HALF,
    ("POST", "/login/password"): PEOPLE | HALF,
    ("GET", "/login/set-up"): PEOPLE | HALF,
    ("POST", "/login/set-up"): PEOPLE | HALF,
    ("GET", "/settings"): ANYBODY,
    ("POST", "/settings"): ANYBODY,
    ("GET", "/sw.js"): ANYBODY,
    ("GET", "/manifest.webmanifest"): ANYBODY,
    ("GET", "/offline"): ANYBODY,
    ("GET", "/wearer/saved-route"): ANYBODY,  # a frame: the route is in the browser
    ("GET", "/account"): PEOPLE,
    ("POST", "/account/password"): PEOPLE,
    ("POST", "/account/sessions/end"): PEOPLE,
    ("POST", "/account/second-factor"): PEOPLE,
    ("POST", "/account/second-factor/confirm"): PEOPLE,
    ("POST", "/account/second-factor/codes"): EVALUATORS | ADMINISTRATORS,
    ("POST", "/account/second-factor/remove"): WEARERS | CAREGIVERS,
    ("POST", "/account/leave"): {"hanako", "watching"},
    ("GET", "/account/data"): PEOPLE,
    ("POST", "/account/data/copy"): PEOPLE,
    ("POST", "/account/data/erase"): PEOPLE,
    ("POST", "/account/data/stay"): {"taro"},
    ("GET", "/invitation"): ANYBODY,
    ("POST", "/invitation/accept"): CAREGIVERS,
    ("POST", "/invitation/register"): ANYBODY,
    ("GET", "/wearer"): WEARERS,
    ("GET", "/wearer/outings"): WEARERS,
    ("GET", "/wearer/trips/{trip_id}"): {"hanako"},
    ("POST", "/wearer/share"): {"hanako"},
    ("POST", "/wearer/unshare"): WEARERS,  # to another's trip it does nothing
    ("POST", "/wearer/relations/{relation_id}/agree"): {"hanako"},
    ("POST", "/wearer/relations/{relation_id}/end"): {"hanako"},
    ("POST", "/wearer/blockages"): {"hanako"},
    ("POST", "/wearer/blockages/{blockage_id}/remove"): {"hanako"},
    ("GET", "/wearer/walk"): WEARERS,
    ("POST", "/wearer/walk/find"): WEARERS,
    ("POST", "/wearer/walk/plan"): WEARERS,
    ("POST", "/wearer/walk/start"): {"hanako"},  # along her route
    ("POST", "/wearer/walk/sos"): WEARERS,
    ("POST", "/wearer/walk/sos/cancel"): {"hanako"},  # who walks in a browser
    ("POST", "/wearer/walk/stop"): WEARERS,  # without an outing it does nothing
    ("POST", "/wearer/walk/left"): {"hanako"},
    ("GET", "/wearer/people"): WEARERS,
    ("POST", "/wearer/people/invitations"): WEARERS,
    ("POST", "/wearer/people/invitations/{invitation_id}/withdraw"): {"hanako"},
    ("POST", "/wearer/people/relations/{relation_id}/order"): {"hanako"},
    ("POST", "/wearer/people/pairings"): WEARERS,
    ("POST", "/wearer/people/devices/{device_id}/rename"): {"hanako"},
    ("POST", "/wearer/people/devices/{device_id}/revoke"): {"hanako"},
    ("GET", "/wearer/alerts"): WEARERS,
    ("POST", "/wearer/alerts/{alert_id}/end"): {"hanako"},
    ("GET", "/wearer/links"): WEARERS,
    ("POST", "/wearer/links"): {"hanako"},
    ("POST", "/wearer/links/{link_id}/revoke"): {"hanako"},
    ("GET", "/wearer/consents"): WEARERS,
    ("GET", "/wearer/consents/{purpose}"): WEARERS,
    ("GET", "/wearer/consents/{purpose}/{version}"): WEARERS,
    ("POST", "/wearer/consents/{purpose}/give"): WEARERS,
    ("POST", "/wearer/consents/{purpose}/withdraw"): WEARERS,
    ("GET", "/wearer/looks"): WEARERS,
    ("GET", "/wearer/places"): WEARERS,
    ("POST", "/wearer/places"): WEARERS,
    ("POST", "/wearer/places/{place_id}/remove"): {"hanako"},
    ("POST", "/wearer/places/find"): WEARERS,
    ("GET", "/wearer/zones"): WEARERS,
    ("POST", "/wearer/zones"): WEARERS,
    ("POST", "/wearer/zones/find"): WEARERS,
    ("POST", "/wearer/zones/{zone_id}/remove"): {"hanako"},
    ("GET", "/wearer/trips/{trip_id}/map"): {"hanako"},
    ("GET", "/caregiver"): CAREGIVERS,
    ("GET", "/caregiver/trips/{trip_id}"): SHARED,
    ("POST", "/caregiver/trips/{trip_id}/blockages"): SHARED,
    ("POST", "/caregiver/blockages/{blockage_id}/remove"): {"watching"},
    ("GET", "/alerts/{alert_id}"): PEOPLE,  # on to their own page, whatever is there
    ("GET", "/caregiver/alerts"): CAREGIVERS,
    ("GET", "/caregiver/alerts/{alert_id}"): SHARED,
    ("POST", "/caregiver/alerts/{alert_id}/acknowledge"): SHARED,
    ("GET", "/channels"): CAREGIVERS | ADMINISTRATORS,
    ("POST", "/channels/email"): CAREGIVERS | ADMINISTRATORS,
    ("POST", "/channels/webhook"): CAREGIVERS | ADMINISTRATORS,
    ("POST", "/channels/language"): CAREGIVERS | ADMINISTRATORS,
    ("POST", "/channels/{channel_id}/confirm"): {"watching"},
    ("POST", "/channels/{channel_id}/test"): {"watching"},
    ("POST", "/channels/{channel_id}/remove"): {"watching"},
    ("GET", "/s/{token}"): ANYBODY,  # the link is what opens
    ("POST", "/s/{token}"): ANYBODY,
    ("GET", "/s/{token}/live"): ANYBODY,
    ("GET", "/evaluator"): EVALUATORS,
    ("GET", "/evaluator/outings.csv"): EVALUATORS,
    ("GET", "/evaluator/days.csv"): EVALUATORS,
    ("GET", "/evaluator/trips/{trip_id}/map"): {"eva"},
    ("GET", "/evaluator/trials"): EVALUATORS,
    ("GET", "/evaluator/trials/{trial_id}"): EVALUATORS,
    ("GET", "/evaluator/trials/{trial_id}/participants/{person}"): AGREED,
    ("GET", "/evaluator/trials/{trial_id}/files/{file_name}"): EVALUATORS,
    ("GET", "/administrator"): ADMINISTRATORS,
    ("POST", "/administrator/people"): ADMINISTRATORS,
    ("GET", "/administrator/people/{person_id}"): {"admin"},
    ("POST", "/administrator/people/{person_id}/disable"): {"admin"},
    ("POST", "/administrator/people/{person_id}/enable"): {"admin"},
    ("POST", "/administrator/people/{person_id}/password"): {"admin"},
    ("POST", "/administrator/people/{person_id}/second-factor"): {"admin"},
    ("GET", "/administrator/alerts"): ADMINISTRATORS,
    # A call for help that has come to the one who is on duty.
    ("GET", "/administrator/alerts/{alert_id}"): {"admin"},
    ("POST", "/administrator/alerts/{alert_id}/acknowledge"): {"admin"},
    ("GET", "/administrator/devices"): ADMINISTRATORS,
    ("POST", "/administrator/devices/{device_id}/revoke"): {"admin"},
    ("GET", "/administrator/audit"): ADMINISTRATORS,
    ("GET", "/administrator/audit.csv"): ADMINISTRATORS,
    ("GET", "/administrator/status"): ADMINISTRATORS,
    # The streets and the maps are the server's, of whichever organisation one is.
    ("GET", "/administrator/maps"): ADMINISTRATORS,
    ("GET", "/administrator/maps/{name}"): ADMINISTRATORS,
    ("POST", "/administrator/maps/{name}/new"): ADMINISTRATORS,
    ("POST", "/administrator/map-jobs/{job_id}/use"): ADMINISTRATORS,
    ("POST", "/administrator/map-jobs/{job_id}/drop"): ADMINISTRATORS,
    ("GET", "/administrator/blockages"): ADMINISTRATORS,
    ("POST", "/administrator/blockages/{blockage_id}/confirm"): ADMINISTRATORS,
    ("POST", "/administrator/blockages/{blockage_id}/end"): ADMINISTRATORS,
    ("GET", "/administrator/consents"): ADMINISTRATORS,
    ("GET", "/administrator/consents/{purpose}/{version}"): ADMINISTRATORS,
    ("GET", "/administrator/kept"): ADMINISTRATORS,
}
