"""What the camera and the parts tell, as announcements and events. Pure: the memory is passed in and out."""

from collections.abc import Mapping
from dataclasses import replace

from device.announcements import STOPPED, AlertKind, Announcement, Still
from device.battery import BatteryNews, Level, Of
from device.companion_state import CAMERA_STALE_S, CompanionState
from device.facts import Plain
from device.hazards import SceneState, from_scene
from device.producers import announcement, from_health, of_battery
from device.senses import Health, PhoneEvent, Senses
from wire.trip import Happening, HealthChanged

Perceived = tuple[CompanionState, tuple[Announcement, ...]]
_PHONE: dict[PhoneEvent, AlertKind] = {
    "paired": AlertKind.PHONE_PAIRED,
    "refused": AlertKind.PHONE_REFUSED,
    "second": AlertKind.PHONE_SECOND,
    "left": AlertKind.PHONE_LEFT,
    "back": AlertKind.PHONE_BACK,
}


def health(state: CompanionState, senses: Senses, happened: list[Happening], *, guided: bool) -> Perceived:
    """Parts that failed or came back. `guided`: along a route, which goes on where the camera fails."""
    new: list[Announcement] = []
    for change in senses.health:
        if change.healthy == (change.part not in state.unhealthy):
            continue  # nothing new
        new += _told(state, change, senses.now_s, guided=guided)
        detail = change.detail or change.reason
        now = HealthChanged(part=change.part, health="ok" if change.healthy else "error", detail=detail)
        happened.append(now)
        rest = tuple(part for part in state.unhealthy if part != change.part)
        state = replace(state, unhealthy=rest if change.healthy else (*rest, change.part))
        if change.part == "model" and not change.healthy:
            # What was in the way is not known any more; what is wrong with the camera still is.
            state = replace(state, hazards=None, scene=SceneState(fault_told=state.scene.fault_told))
    return state, tuple(new)


def _told(state: CompanionState, change: Health, now_s: float, *, guided: bool) -> tuple[Announcement, ...]:
    if change.part == "camera" and change.healthy and state.camera_stale:
        return ()  # its pictures tell
    still: Still = ""
    if change.part == "position" and state.hazards is not None:
        still = "warnings"
    if change.part == "camera" and change.reason in STOPPED and guided:
        still = "guidance"
    return from_health(change.part, change.healthy, now_s, change.reason, still)


def battery(state: CompanionState, senses: Senses, happened: list[Happening]) -> Perceived:
    """A battery has come to another level; a trip that begins tells the log of one that is low already."""
    news = senses.battery
    if news is None:
        worst = _worst(state.batteries)
        if senses.begin is not None and worst is not None and worst.level != "ok":
            happened.append(_level(worst))
        return state, ()
    batteries = {**state.batteries, news.of: news}
    happened.append(_level(_worst(batteries) or news))
    return replace(state, batteries=batteries), (of_battery(news, senses.now_s),)


def _worst(batteries: Mapping[Of, BatteryNews]) -> BatteryNews | None:
    """The log knows one battery: that the phone was charged must not hide that the device's is low."""
    order: tuple[Level, ...] = ("error", "warn", "ok")
    return min(batteries.values(), key=lambda news: (order.index(news.level), news.percent), default=None)


def _level(news: BatteryNews) -> HealthChanged:
    of = " of the phone" if news.of == "phone" else ""
    return HealthChanged(part="battery", health=news.level, detail=f"{news.percent} %{of}")


def phone(senses: Senses) -> tuple[Announcement, ...]:
    """What the phone's page does."""
    kind = _PHONE.get(senses.phone)
    return () if kind is None else (announcement(kind, "phone", Plain(), senses.now_s),)


def frame(state: CompanionState, senses: Senses, happened: list[Happening]) -> Perceived:
    """A picture came: the camera is not stale, whatever the model makes of it, and when."""
    if not senses.frame and (senses.scene is None or state.frames_told):
        return state, ()
    new: tuple[Announcement, ...] = ()
    if state.camera_stale:
        new = from_health("camera", True, senses.now_s)
        happened.append(HealthChanged(part="camera", health="ok"))
    told = state.frames_told or senses.frame
    state = replace(state, frames_told=told, frame_s=senses.now_s, camera_stale=False)
    return replace(state, frame_due_s=CAMERA_STALE_S), new


def scene(state: CompanionState, senses: Senses, happened: list[Happening]) -> Perceived:
    """What the camera saw."""
    seen = senses.scene
    if seen is None:
        return state, ()
    before = state.scene.fault_told
    memory, announcements = from_scene(state.scene, seen, senses.now_s)
    if memory.fault_told != before:
        fault = memory.fault_told
        happened.append(
            HealthChanged(part="camera", health="ok" if fault is None else "error", detail=fault or "")
        )
    hazards = None if not seen.looked else {hazard.track_id: hazard for hazard in seen.hazards}
    return replace(state, scene=memory, hazards=hazards), announcements


def silence(state: CompanionState, senses: Senses, happened: list[Happening]) -> Perceived:
    """No frame for too long is told: silence must not look like safety."""
    if state.camera_stale:
        return state, ()
    if state.frame_s is None:  # the wait for the first frame begins with the first step
        return replace(state, frame_s=senses.now_s), ()
    if senses.now_s - state.frame_s <= state.frame_due_s:
        return state, ()
    happened.append(HealthChanged(part="camera", health="stale"))
    state = replace(state, camera_stale=True, hazards=None, scene=SceneState())
    if "camera" in state.unhealthy:
        return state, ()  # told already, with its reason
    return state, from_health("camera", False, senses.now_s, "stale")
