"""Every page that a person can open, in every state that looks different. A new page is a new line here.

Pages of the navigation come by themselves; `tests/integration/test_pages_fit.py` fails where a page of the
server is on no line.
"""

from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

from server.access import Role
from server.pages.navigation import pages_of
from tests.pages_seat import Seat
from tests.pages_town import LOGINS, STATES, Town
from tests.waiting import until

Act = Callable[[Seat], None]


class Shown(NamedTuple):
    """`path`: its address, with the names of the town's ids in braces; "": `at` says it, and makes its state.

    `then`: what is done on the page before it is looked at; `clocked`: it moves the browser's clock on.
    """

    who: str  # "": nobody is logged in
    path: str
    state: str = ""
    at: Callable[[Town], str] | None = None
    then: Act | None = None
    clocked: bool = False

    @property
    def name(self) -> str:
        return " ".join(part for part in (self.who, self.path, self.state) if part)

    def address(self, town: Town) -> str:
        """Where it is now, in its state."""
        return self.path.format(**town.ids) if self.at is None else self.at(town)


def _send(form: str, **fields: str) -> Act:
    """Fill in the form with that action and send it."""

    def act(seat: Seat) -> None:
        for name, value in fields.items():
            seat.page.locator(f'form[action="{form}"] [name="{name}"]').fill(value)
        seat.page.locator(f'form[action="{form}"] button').first.click()

    return act


def _open_all(seat: Seat) -> None:
    """What is folded together is opened."""
    seat.page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")


def _cut(seat: Seat) -> None:
    """The page came, and then the line is gone for longer than the server is ever silent."""
    seat.page.route("**/live?*", lambda _route: None)  # asked for, and never answered
    seat.page.reload()
    seat.page.clock.fast_forward(30_000)
    seat.page.locator('.now[data-state="cut"]').wait_for()


_NO_SUCCESS: Final = "Failed to load resource"


def _is_told(seat: Seat) -> bool:
    seat.page.wait_for_timeout(10)  # what the browser has to say comes in meanwhile
    return any(_NO_SUCCESS in fault for fault in seat.faults)


def _refused(seat: Seat) -> None:
    """The browser tells of each answer that is no success, sometimes late; this one was asked for."""
    until(lambda: _is_told(seat), "the browser's word of it")
    seat.forgive(_NO_SUCCESS)


def _set_out(seat: Seat) -> None:
    """Walk with this browser, unless it does already."""
    button = seat.page.locator('form[action="/wearer/walk/start"] button')
    if button.count():
        button.click()
    seat.page.locator("#ask-where").wait_for()


def _ask_where(seat: Seat) -> None:
    _set_out(seat)
    seat.page.locator("#ask-where").click()
    seat.page.locator("#answer:not(:empty)").wait_for()


def _call_for_help(seat: Seat) -> None:
    _set_out(seat)
    if seat.page.locator("#sos").is_visible():
        seat.page.locator("#sos").click()
        seat.page.clock.fast_forward(6_000)
    seat.page.locator("#call").wait_for()


def _sent_wrong(form: str, **fields: str) -> Act:
    def act(seat: Seat) -> None:
        _send(form, **fields)(seat)
        seat.page.locator("main [role=alert]").first.wait_for()
        _refused(seat)

    return act


def _following(state: str) -> Shown:
    return Shown("ichiro", "/caregiver/trips/{walking}", state, at=lambda town: town.outing(state))


def _listed(state: str) -> Iterator[Shown]:
    """What the navigation leads to, of each role."""
    for login, role in LOGINS.items():
        for entry in pages_of(Role(role), "/"):
            yield Shown(login, entry.path, state)


_WRONG: Final = "not the password"
# Before anybody has set out.
EMPTY: Final = (
    *_listed("empty"),
    Shown("", "/login"),
    Shown("", "/login", "error", then=_sent_wrong("/login", login="nobody", password=_WRONG)),
    Shown("", "/invitation"),
    Shown("", "/settings"),
    Shown("", "/offline"),
    Shown("", "/no-such-page", "error", then=_refused),
    Shown("hanako", "/account"),
    Shown("hanako", "/account/data"),
    Shown(
        "hanako", "/account/data", "error", then=_sent_wrong("/account/data/copy", password=_WRONG)
    ),
    Shown("hanako", "/wearer/consents/trial_research"),
    Shown("hanako", "/wearer/consents/{purpose}/{version}"),
    Shown(
        "hanako", "/wearer/places", "error",
        then=_sent_wrong("/wearer/places", name="家", position="どこか"),
    ),
    Shown("hanako", "/wearer/walk", "error", then=_sent_wrong("/wearer/walk/plan", to="", start="")),
    Shown("hanako", "/wearer/walk", "ways", then=_send("/wearer/walk/plan", to="県立美術館", start="大分駅")),
    Shown("hanako", "/settings"),
    Shown("hanako", "/wearer/outings"),
    Shown("hanako", "/wearer/saved-route"),
    Shown("madoguchi", "/administrator/people/{person}"),
    Shown("madoguchi", "/administrator/maps/oita"),
    Shown("madoguchi", "/administrator/consents/{purpose}/{version}"),
    Shown("madoguchi", "/administrator/audit?since=x", "error", then=_refused),
)  # fmt: skip
# While somebody walks, and after it.
FULL: Final = (
    *(_following(state) for state in STATES),
    _following("live")._replace(state="cut", then=_cut, clocked=True),
    Shown("", "", "link, closed", at=Town.link),
    Shown("", "", "link, open", at=Town.link, then=lambda seat: seat.page.locator("main button").click()),
    Shown("hanako", "/wearer/walk", "walking", then=_ask_where),
    Shown("hanako", "/wearer/walk", "SOS", then=_call_for_help, clocked=True),
    Shown("ichiro", "/alerts/{alert}", "open"),
    Shown("ichiro", "/caregiver/alerts/{alert}", "open"),
    Shown("hanako", "/wearer/outings"),
    Shown("hanako", "/wearer/saved-route"),
    Shown("hanako", "/wearer/trips/{ended}"),
    Shown("hanako", "/wearer/trips/{ended}/map"),
    Shown("eva", "/evaluator/trips/{ended}/map"),
    Shown("eva", "/evaluator/trials/{trial}", "withheld"),
    Shown("eva", "/evaluator/trials/{made_up}"),
    Shown("eva", "/evaluator/trials/{trial}/participants/{participant}"),
    *(shown._replace(then=_open_all) for shown in _listed("in use")),
)
