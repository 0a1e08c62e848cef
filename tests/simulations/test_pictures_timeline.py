"""The timeline in a real Chromium: one steps through a run, and sees what befalls it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page as Tab
from playwright.sync_api import expect, sync_playwright

from simulations.pictures.layout import places
from simulations.pictures.page import Page, save
from simulations.pictures.timeline import events, timeline_json
from tests.end_to_end.reader import FLAGS
from tests.simulations.filmed import CRASH_AT_MS, DOWN_MS, a_film

pytestmark = pytest.mark.browser

LINK = '[data-link="node-1 node-2"], [data-link="node-2 node-1"]'
STEPS_MAX = 2_000


class Viewer:
    """Somebody who looks at a page on their disk, with the keyboard alone."""

    def __init__(self, tab: Tab) -> None:
        self.tab = tab
        self.complaints: list[str] = []
        self.requested: list[str] = []
        tab.on("pageerror", lambda error: self.complaints.append(str(error)))
        tab.on("console", lambda message: self.complaints.append(message.text))
        tab.on("request", lambda request: self.requested.append(request.url))

    def opens(self, path: Path) -> None:
        self.tab.goto(path.as_uri())
        self.tab.get_by_test_id("timeline").focus()

    def presses(self, *keys: str) -> None:
        for key in keys:
            self.tab.keyboard.press(key)

    def reads(self) -> str:
        return self.tab.get_by_test_id("now").inner_text()

    def steps_to(self, words: str, key: str = "ArrowRight") -> None:
        """Step from event to event until one says these words."""
        for _ in range(STEPS_MAX):
            if words in self.reads():
                return
            self.presses(key)
        raise AssertionError(f"no event says {words!r}")

    def states_of(self, selector: str) -> list[str]:
        """Of all marks of this kind that are there."""
        marks = self.tab.locator(selector).all()
        states = [mark.get_attribute("data-state") or "" for mark in marks]
        return [state for state in states if state != "gone"]

    def clock_ms(self) -> int:
        return round(float(self.tab.get_by_test_id("clock").inner_text().split()[0]) * 1_000)


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    film = a_film()
    told = Page(
        title="A ring of four",
        introduction="",
        command="python -m simulations report DIR",
        commit="",
        broken=(),
        pictures=(),
        timeline=timeline_json(film, places(film)),
    )
    return save(told, tmp_path_factory.mktemp("timeline"))


@pytest.fixture(scope="module")
def viewer(chromium_path: str, page: Path) -> Iterator[Viewer]:
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium_path, args=list(FLAGS))
        viewer = Viewer(browser.new_page())
        viewer.opens(page)
        yield viewer
        browser.close()


def test_one_steps_to_a_death_by_keyboard_and_sees_its_links_disappear(viewer: Viewer) -> None:
    viewer.presses("Home")
    viewer.steps_to("node-2 dies, back after 2.0 s")

    assert viewer.clock_ms() == CRASH_AT_MS
    assert viewer.states_of('[data-host="node-2"]') == ["down"]
    assert viewer.states_of('[data-host="node-1"]') == ["up"]

    viewer.presses("ArrowLeft")
    assert viewer.states_of(LINK) == ["open"]
    assert viewer.states_of('[data-host="node-2"]') == ["up"]

    viewer.steps_to("node-2 is back")
    assert viewer.clock_ms() == CRASH_AT_MS + DOWN_MS
    assert viewer.states_of(LINK) == []
    assert viewer.states_of('[data-host="node-2"]') == ["up"]

    viewer.presses("End")
    assert viewer.states_of(LINK) == ["open"]


def test_a_cut_is_shown_with_the_parts_it_leaves(viewer: Viewer) -> None:
    viewer.presses("Home")
    viewer.steps_to("partition into 2 groups for 2.0 s")
    viewer.steps_to("nothing gets through")
    viewer.steps_to(" writes to ")

    assert "cut" in viewer.states_of("#map line.link")
    expect(viewer.tab.get_by_test_id("state")).to_contain_text("4 of 4 nodes run.")


def test_one_can_leave_out_kinds_of_events_and_goes_back_as_one_came(viewer: Viewer) -> None:
    film = a_film()
    faults = [event for event in events(film) if event[1] == "fault"]
    for kind in ("machine", "link", "message"):
        viewer.tab.locator(f'#timeline input[value="{kind}"]').uncheck()
    viewer.tab.get_by_test_id("timeline").focus()
    viewer.presses("Home")

    seen = []
    for _ in faults:
        viewer.presses("ArrowRight")
        seen.append(viewer.reads())
    viewer.presses("ArrowRight", "ArrowLeft")

    assert seen == [event[2] for event in faults]
    assert viewer.reads() == faults[-2][2]
    for kind in ("machine", "link", "message"):
        viewer.tab.locator(f'#timeline input[value="{kind}"]').check()
    viewer.tab.get_by_test_id("timeline").focus()


def test_space_plays_and_stops_and_the_slider_tells_where_one_is(viewer: Viewer) -> None:
    viewer.presses("Home", "Space")
    expect(viewer.tab.get_by_test_id("play")).to_have_text("Stop")
    clock = viewer.tab.get_by_test_id("clock")
    expect(clock).not_to_have_text(f"{-a_film().begun_ms / 1_000:.2f} s")

    viewer.presses("Space")

    expect(viewer.tab.get_by_test_id("play")).to_have_text("Play")
    slider = viewer.tab.get_by_test_id("slider")
    assert slider.get_attribute("aria-valuetext") == clock.inner_text()


def test_it_fits_a_phone_asks_nobody_and_complains_of_nothing(viewer: Viewer, page: Path) -> None:
    viewer.tab.set_viewport_size({"width": 360, "height": 740})

    wide = viewer.tab.evaluate("document.documentElement.scrollWidth - window.innerWidth")

    assert wide <= 0
    assert [url for url in viewer.requested if not url.startswith("data:")] == [page.as_uri()]
    assert viewer.complaints == []
