"""The menu: lines one after the other, told as one stands at them. 1 before, 2 choose, 3 next. Pure."""

from dataclasses import dataclass, replace
from typing import Final, Literal

from device.controls.gestures import Gesture, Touch
from device.facts import Chosen, Item, MenuNow
from device.senses import Choices
from wire.route import Place

TIMEOUT_S: Final = 20.0  # since the last press: a line takes 3 s to hear
VOLUME_DB: Final = (-12.0, 9.0)  # beside the installed level; more would only be distorted
VOLUME_STEP_DB: Final = 3.0  # just clearly louder
RATE: Final = (0.7, 1.8)  # practised listeners take twice the normal speed; the voice is clear up to here
RATE_STEP: Final = 0.1

Act = Literal["", "go", "walk", "end", "pair", "closed", "sos_back"]
Page = Literal["root", "places", "end", "volume", "rate", "words"]


@dataclass(frozen=True, slots=True)
class Saved:
    """A saved destination, and how far as the crow flies, where that is known."""

    place: Place
    distance_m: float | None = None


@dataclass(frozen=True, slots=True)
class World:
    """What the menu's lines depend on. `trip`: one is under way."""

    trip: bool = False
    guided: bool = False  # along a route
    sos: bool = False  # a call for help was made
    places: tuple[Saved, ...] = ()
    phone: bool = False
    choices: Choices = Choices()  # noqa: RUF009  # frozen


@dataclass(frozen=True, slots=True)
class MenuState:
    """Where in the menu the wearer stands; no menu is open: None in its place."""

    page: Page
    index: int
    touched_s: float


@dataclass(frozen=True, slots=True)
class Outcome:
    """After a press: the menu (None: closed), what to tell, and what was chosen."""

    menu: MenuState | None
    told: MenuNow | Chosen | None = None
    act: Act = ""
    place: Place | None = None
    choices: Choices | None = None  # changed


_PAGES: Final[dict[Item, Page]] = {
    Item.GO: "places",
    Item.END: "end",
    Item.VOLUME: "volume",
    Item.RATE: "rate",
    Item.WORDS: "words",
}
_ACTS: Final[dict[Item, Act]] = {
    Item.WALK: "walk",
    Item.END_SURELY: "end",
    Item.PAIR: "pair",
    Item.CLOSED: "closed",
    Item.SOS_BACK: "sos_back",
}
_FIXED: Final[dict[Page, tuple[Item, ...]]] = {
    "end": (Item.END_SURELY, Item.BACK),
    "volume": (Item.LOUDER, Item.SOFTER, Item.BACK),
    "rate": (Item.FASTER, Item.SLOWER, Item.BACK),
    "words": (Item.QUIET, Item.NORMAL, Item.DETAILED, Item.BACK),
}


def opened(world: World, now_s: float) -> Outcome:
    """The menu, at its first line."""
    menu = MenuState("root", 0, now_s)
    return Outcome(menu, _line(menu, world, opened=True))


def timed_out(menu: MenuState, now_s: float) -> bool:
    """Whether nobody has pressed for so long that a press would surprise."""
    return now_s - menu.touched_s >= TIMEOUT_S


def press(menu: MenuState, gesture: Gesture, world: World, now_s: float) -> Outcome | None:
    """What the gesture does here; None: it means nothing in the menu."""
    menu = replace(menu, touched_s=now_s, index=min(menu.index, len(_items(menu.page, world)) - 1))
    match gesture:
        case Gesture(Touch.SHORT | Touch.AGAIN, 1):
            return _moved(menu, -1, world)
        case Gesture(Touch.SHORT | Touch.AGAIN, 3):
            return _moved(menu, 1, world)
        case Gesture(Touch.SHORT | Touch.AGAIN, 2):
            return _chosen(menu, world)
        case Gesture(Touch.LONG, 1):
            return _to("root", menu, world)
        case Gesture(Touch.LONG, 2):
            return Outcome(None)
    return None


def _items(page: Page, world: World) -> tuple[Item, ...]:
    if page == "root":
        return _root(world)
    if page == "places":
        return (*(Item.PLACE for _ in world.places), Item.BACK)
    return _FIXED[page]


def _root(world: World) -> tuple[Item, ...]:
    items = [Item.SOS_BACK] if world.sos else []
    items += [Item.CLOSED] if world.guided else []
    items += [Item.END] if world.trip else []
    items += [Item.GO] if world.places else []
    items += [] if world.trip else [Item.WALK]
    items += [Item.PAIR] if world.phone else []
    return (*items, Item.VOLUME, Item.RATE, Item.WORDS, Item.CLOSE)


def _line(menu: MenuState, world: World, *, opened: bool = False) -> MenuNow:
    items = _items(menu.page, world)
    item = items[menu.index]
    saved = world.places[menu.index] if item is Item.PLACE else None
    name = saved.place.name if saved else None
    distance_m = saved.distance_m if saved else None
    return MenuNow(item, menu.index + 1, len(items), opened, name, distance_m)


def _moved(menu: MenuState, by: int, world: World) -> Outcome:
    menu = replace(menu, index=(menu.index + by) % len(_items(menu.page, world)))
    return Outcome(menu, _line(menu, world))


def _to(page: Page, menu: MenuState, world: World) -> Outcome:
    menu = replace(menu, page=page, index=0)
    return Outcome(menu, _line(menu, world))


def _chosen(menu: MenuState, world: World) -> Outcome:
    item = _items(menu.page, world)[menu.index]
    if item in _PAGES:
        return _to(_PAGES[item], menu, world)
    match item:
        case Item.PLACE:
            return Outcome(None, act="go", place=world.places[menu.index].place)
        case Item.BACK:
            return _to("root", menu, world)
        case Item.CLOSE:
            return Outcome(None)
    if item in _ACTS:
        return Outcome(None, act=_ACTS[item])
    return _changed(menu, item, world.choices)


def _changed(menu: MenuState, item: Item, choices: Choices) -> Outcome:
    """Louder, faster, more words: the menu stays, for one step is seldom enough."""
    if item in (Item.LOUDER, Item.SOFTER):
        step = VOLUME_STEP_DB if item is Item.LOUDER else -VOLUME_STEP_DB
        value = _within(choices.volume_db + step, VOLUME_DB)
        told = Chosen(item, value, limit=value == choices.volume_db)
        return Outcome(menu, told, choices=replace(choices, volume_db=value))
    if item in (Item.FASTER, Item.SLOWER):
        step = RATE_STEP if item is Item.FASTER else -RATE_STEP
        value = _within(round(choices.rate + step, 2), RATE)
        return Outcome(menu, Chosen(item, value, value == choices.rate), choices=replace(choices, rate=value))
    wanted: Literal["quiet", "normal", "detailed"] = (
        "quiet" if item is Item.QUIET else "detailed" if item is Item.DETAILED else "normal"
    )
    return Outcome(menu, Chosen(item), choices=replace(choices, verbosity=wanted))


def _within(value: float, limits: tuple[float, float]) -> float:
    return min(max(value, limits[0]), limits[1])
