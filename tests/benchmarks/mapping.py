"""The frames of the map in a real Chromium, while 50 nodes and 500 clients come, die and heal."""

import json
import shutil
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import chain
from math import inf
from random import Random
from threading import Event, Thread
from time import monotonic, sleep

import trio
from playwright.sync_api import Browser, Page, sync_playwright

from overlay.core.requests import LinkStatus, MemberStatus, NodeStatus
from overlay.messages.ids import Incarnation, NodeId
from overlay.nodes.http import Pages
from overlay.nodes.shapes import random as random_shape
from overlay.transport.addresses import Endpoint
from overlay.transport.link import Link
from overlay.transport.listen import listening_at, open_listeners
from overlay.transport.port import Port
from tests.benchmarks.ceilings import Ceilings
from tests.benchmarks.results import Result
from tests.conftest import CHROMIUM_NAMES
from tests.end_to_end.map_reader import BUILT
from tests.end_to_end.reader import FLAGS

NODES = 50
CLIENTS = 500
SECONDS = 20.0
OPENINGS = 5
OPENING_MS = 1_000.0
"""From the page's first paint on: all of the picture is drawn, and every node has its place."""

TRACED_SECONDS = 6.0
FRAME_BAR_MS = 50.0

_REST_SECONDS = 3.0
_STORM_EVERY_SECONDS = 1.0
_COUNT = """
window.frames = [];
let last;
const count = () => {
  const now = performance.now();
  if (last !== undefined) window.frames.push([now, now - last]);
  last = now;
  requestAnimationFrame(count);
};
requestAnimationFrame(count);
"""
# Asked of the browser itself: what the driver looks for elements with is a script of its own, which
# would take the page's thread as long as a picture does.
_SHOWN = """new Promise((resolve) => {
  const look = () => {
    if (document.querySelector('[data-testid=graph][data-moving=false]') !== null) resolve();
    else requestAnimationFrame(look);
  };
  look();
})"""


@dataclass(frozen=True, slots=True)
class _Frames:
    """How long each frame of a run was, in ms."""

    times_ms: list[float]

    def results(self, name: str, bar: float | None) -> list[Result]:
        ordered = sorted(self.times_ms)
        middle, late = ordered[len(ordered) // 2], ordered[len(ordered) * 99 // 100]
        too_long = sum(time > FRAME_BAR_MS for time in ordered)
        return [
            Result(name=f"{name}: median frame", value=middle, unit="ms", is_smaller_better=True),
            Result(name=f"{name}: 99 in 100 frames", value=late, unit="ms", is_smaller_better=True),
            Result(
                name=f"{name}: longest frame",
                value=ordered[-1],
                unit="ms",
                bar=bar,
                is_smaller_better=True,
            ),
            Result(name=f"{name}: frames over 50 ms", value=too_long, unit=f"of {len(ordered)}"),
        ]


def frames(_: Ceilings) -> list[Result]:
    """The map's frames from its first paint on, beside those of an empty page.

    A frame is the time from one animation frame to the next. Counted are those that end after the
    page's first paint, so also the one in which that falls: what the browser needs before, to find
    the page and to load its scripts, keeps nothing from moving. The first second is that of several
    openings. The longest task is one of the page's own thread, of one more opening and all after
    the request, its scripts included.
    """
    path = next((found for name in CHROMIUM_NAMES if (found := shutil.which(name))), None)
    if path is None or not BUILT.exists():
        print("left out: it needs a Chromium, and the page (make page)", file=sys.stderr)
        return []
    with _served() as endpoint, sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path, args=list(FLAGS))
        try:
            empty = browser.new_page(viewport={"width": 1280, "height": 800})
            empty.add_init_script(_COUNT)
            empty.goto(f"http://{endpoint}/healthz")
            sleep(_REST_SECONDS)
            nothing = _frames_in(empty)
            empty.close()
            first = [_first_second_ms(browser, endpoint) for _ in range(OPENINGS)]
            page = _opened(browser, endpoint)
            _use(page, SECONDS)
            shown = _frames_in(page, after_ms=OPENING_MS)
            page.close()
            longest_ms = _longest_task_ms(browser, endpoint)
        finally:
            browser.close()
    what = f"map of {NODES} nodes and {CLIENTS} clients"
    return [
        *nothing.results("an empty page", None),
        *_Frames(list(chain(*first))).results(f"{what}, {OPENINGS} first seconds", FRAME_BAR_MS),
        *shown.results(what, FRAME_BAR_MS),
        Result(
            name=f"{what}: longest task, in CPU time",
            value=longest_ms,
            unit="ms",
            bar=FRAME_BAR_MS,
            is_smaller_better=True,
        ),
    ]


def _first_second_ms(browser: Browser, endpoint: Endpoint) -> list[float]:
    page = _opened(browser, endpoint)
    _use(page, OPENING_MS / 1_000)
    found = _frames_in(page, before_ms=OPENING_MS)
    page.close()
    return found.times_ms


def _opened(browser: Browser, endpoint: Endpoint) -> Page:
    """The map, on a page that counts its frames."""
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    page.add_init_script(_COUNT)
    page.goto(f"http://{endpoint}/overlay-map")
    return page


def _frames_in(page: Page, after_ms: float = 0, before_ms: float = inf) -> _Frames:
    """The frames that ended between these times since the page's first paint."""
    found: list[tuple[float, float]] = page.evaluate("window.frames")
    paint_ms = float(page.evaluate("performance.getEntriesByName('first-paint')[0].startTime"))
    after_ms, before_ms = after_ms + paint_ms, before_ms + paint_ms
    return _Frames([took_ms for at_ms, took_ms in found if after_ms <= at_ms < before_ms])


def _longest_task_ms(browser: Browser, endpoint: Endpoint) -> float:
    """Of the page's own thread, from its opening on: what others do on the machine adds nothing."""
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    browser.start_tracing(page=page, categories=["toplevel", "devtools.timeline"])
    page.goto(f"http://{endpoint}/overlay-map")
    _use(page, TRACED_SECONDS)
    events = json.loads(browser.stop_tracing())["traceEvents"]
    # Chromium has pages of its own beside ours, on which nothing moves.
    drawing = Counter(
        (event["pid"], event["tid"]) for event in events if event["name"] == "FireAnimationFrame"
    )
    ((thread, _),) = drawing.most_common(1)
    tasks = [
        event["tdur"] / 1_000
        for event in events
        if event["name"].endswith("RunTask")
        and "tdur" in event
        and (event["pid"], event["tid"]) == thread
    ]
    return float(max(tasks))


def _use(page: Page, seconds: float) -> None:
    """Go from node to node for a while, as somebody does who looks around."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("Runtime.evaluate", {"expression": _SHOWN, "awaitPromise": True})
    page.keyboard.press("Tab")
    end = monotonic() + seconds
    while monotonic() < end:
        page.keyboard.press("PageDown")
        sleep(0.25)


class _Overlay:
    """What a node says of 50 others, of which some die and come back, and links with them."""

    def __init__(self) -> None:
        self._random = Random(1)
        self._ids = [NodeId(f"{number:02}" + "x" * 41) for number in range(NODES)]
        self._pairs = random_shape(NODES, seed=1, degree=5)
        self._homes = [self._random.randrange(NODES) for _ in range(CLIENTS)]
        self._dead: set[int] = set()
        self._next = monotonic() + _STORM_EVERY_SECONDS

    def status(self) -> NodeStatus:
        """Anew each time: every round trip has changed, now and then a death."""
        if monotonic() >= self._next:
            self._next += _STORM_EVERY_SECONDS
            self._dead = {self._random.randrange(1, NODES) for _ in range(4)}
        # What a dead node said last is still known, and named back by nobody.
        links: list[list[NodeId]] = [[] for _ in range(NODES)]
        for first, second in self._pairs:
            for one, other in ((first, second), (second, first)):
                if other not in self._dead:
                    links[one].append(self._ids[other])
        return replace(
            _STATUS,
            id=self._ids[0],
            links=tuple(self._link(node) for node in links[0]),
            members=tuple(self._member(number, links[number]) for number in range(NODES)),
        )

    def _member(self, number: int, links: list[NodeId]) -> MemberStatus:
        return MemberStatus(
            id=self._ids[number],
            name=f"node {number + 1}",
            is_alive=number not in self._dead,
            vouched_by=None,
            links=tuple(links),
            clients=self._homes.count(number),
        )

    def _link(self, node: NodeId) -> LinkStatus:
        return LinkStatus(
            id=node,
            name=None,
            address="",
            is_dialled=True,
            is_suspected=False,
            is_exchanged=True,
            round_trip_ms=self._random.randrange(40),
        )


_STATUS = NodeStatus(
    id=NodeId(""),
    name="node 1",
    network="overlay",
    incarnation=Incarnation(1),
    addresses=(),
    software="benchmark",
    neighbours=(),
    links=(),
    members=(),
    root="",
    bridges=(),
    clients_here=0,
    clients_reachable=CLIENTS,
    accounts=CLIENTS,
    parked_records=0,
    mailbox_envelopes=0,
    mailbox_bytes=0,
    units=0,
)


@contextmanager
def _served() -> Iterator[Endpoint]:
    """What a node serves, on a port of loopback, from a thread of its own."""
    has_begun, is_over, found = Event(), Event(), list[Endpoint]()

    async def serve() -> None:
        (listener,) = await open_listeners(Endpoint("127.0.0.1", 0))
        found.append(listening_at(listener))
        port = Port(answer=Pages(_Overlay().status).answer, carry=_no_link)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(trio.serve_listeners, port.serve, [listener])
            has_begun.set()
            await trio.to_thread.run_sync(is_over.wait)
            nursery.cancel_scope.cancel()

    thread = Thread(target=trio.run, args=(serve,))
    thread.start()
    has_begun.wait()
    try:
        yield found[0]
    finally:
        is_over.set()
        thread.join()


async def _no_link(_: Link) -> None:
    """Nobody asks for one."""
