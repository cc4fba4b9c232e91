"""What the caregiver's live page weighs, how soon it shows something, and what an update costs. Prints JSON.

`python scripts/page_figures.py`. A real server that has just started, Debian's Chromium, an outing with 200
lines and the map not shown. Targets: 150 kB gzipped, 1000 ms, 5 ms for an update, no request to another host.

`update_ms`: processor time of the page's main thread for one telling of the server (its lines and what is
known now), with a layout after each: what else the machine does is not in it. `mean_of_processor`: of all
that the thread did meanwhile, painting and the clock's ticks included, by the number of updates.
"""

import gzip
import json
import statistics
import sys
import tempfile
import time
from pathlib import Path
from signal import SIGTERM
from typing import Any

from playwright.sync_api import Browser, BrowserContext, CDPSession, Page, Response

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.pages_town import Device, Town, chromium, town_in
from wire.trip import Announced

LINES = 200
BATCH = 50  # of them are sent at once
UPDATES = 40
EVERY_S = 0.9  # the server tells at most every 0.7 s
# Puts every listener of a stream, with the layout that its changes ask for, into an event of the document:
# of these the browser's trace tells how long the main thread's own clock ran.
TIMED = """
const listen = EventSource.prototype.addEventListener;
EventSource.prototype.addEventListener = function (kind, heard) {
  return listen.call(this, kind, (event) => {
    const timed = document.createElement("i");
    timed.addEventListener(`heard-${kind}`, () => {
      heard(event);
      document.body.getBoundingClientRect();
    });
    timed.dispatchEvent(new Event(`heard-${kind}`));
  });
};
localStorage.setItem("shirube-map", "list");
"""
PAINTED = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? null"


def main() -> None:
    """Measure once and print."""
    with tempfile.TemporaryDirectory() as folder, town_in(Path(folder)) as town, chromium() as browser:
        device = _told(town)
        address = f"{town.server.http}/caregiver/trips/{device.trip_id}"
        cookies: Any = town.cookies("ichiro")
        town.server.end(SIGTERM)
        town.server.start()
        context = browser.new_context()
        context.add_cookies(cookies)
        figures = _opened(context, address, town.server.http)
        figures["update_ms"] = _updated(browser, context.pages[0], device, town)
        sys.stdout.write(json.dumps(figures, indent=2) + "\n")


def _told(town: Town) -> Device:
    town.outing("live")
    device = town.devices["walking"]
    for first in range(0, LINES, BATCH):
        device.send(*(_said(number, town) for number in range(first, first + BATCH)))
    return device


def _said(number: int, town: Town) -> Announced:
    ja, en = f"{number}番。この先、横断歩道です。", f"{number}. A crossing lies ahead."
    now_s = town.clock.utc_s()
    key = f"k{number}"
    return Announced(
        kind="x", key=key, urgency="info", outcome="spoken", text_ja=ja, text_en=en, created_s=now_s
    )


def _opened(context: BrowserContext, address: str, home: str) -> dict[str, Any]:
    page = context.new_page()
    page.add_init_script(TIMED)
    answers: list[Response] = []
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("response", lambda answer: answers.append(answer))
    page.goto(address)
    page.wait_for_selector(".now[data-state=live], .now[data-state=stale]")
    page.wait_for_function(PAINTED)
    bodies = {
        answer.url.removeprefix(home): answer.body()
        for answer in answers
        if "event-stream" not in answer.headers.get("content-type", "")
    }
    packed = {url: min(len(gzip.compress(body)), len(body)) for url, body in bodies.items()}
    return {
        "gzipped_kb": round(sum(packed.values()) / 1000, 1),
        "gzipped_kb_by_address": {url: round(size / 1000, 1) for url, size in packed.items()},
        "first_content_ms": round(page.evaluate(PAINTED)),
        "events_listed": page.locator("#events li").count(),
        "requests_to_other_hosts": sum(not url.startswith(home) for url in asked),
    }


def _updated(browser: Browser, page: Page, device: Device, town: Town) -> dict[str, float]:
    clock = page.context.new_cdp_session(page)
    clock.send("Performance.enable", {"timeDomain": "threadTicks"})
    before_s = _worked_s(clock)
    browser.start_tracing(page=page, categories=["devtools.timeline"])
    for number in range(UPDATES):
        device.moved(number % 70)
        device.send(_said(LINES + number, town))
        time.sleep(EVERY_S)
    costs = _costs_ms(json.loads(browser.stop_tracing())["traceEvents"])
    worked_ms = (_worked_s(clock) - before_s) * 1000.0
    return {
        "count": len(costs),
        "median": round(statistics.median(costs), 2),
        "p95": round(statistics.quantiles(costs, n=20)[-1], 2),
        "mean_of_processor": round(worked_ms / len(costs), 2),
    }


def _costs_ms(traced: list[dict[str, Any]]) -> list[float]:
    """Of each telling: the lines since the one before, and what is known now."""
    costs, lines_ms = [], 0.0
    heard = [event for event in traced if event["name"] == "EventDispatch"]
    for event in sorted(heard, key=lambda event: event["ts"]):
        kind = event["args"]["data"]["type"]
        if kind == "heard-line":
            lines_ms += event["tdur"] / 1000.0
        elif kind == "heard-now":
            costs.append(lines_ms + event["tdur"] / 1000.0)
            lines_ms = 0.0
    return costs


def _worked_s(clock: CDPSession) -> float:
    """Processor seconds of the page's main thread so far: layout, painting and the clock's ticks too."""
    found = clock.send("Performance.getMetrics")["metrics"]
    return next(float(one["value"]) for one in found if one["name"] == "TaskDuration")


if __name__ == "__main__":
    main()
