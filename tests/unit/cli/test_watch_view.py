"""What a watched node looks like, as a line and on screens of any size."""

from io import StringIO

import pytest
from rich.console import Console

from overlay.cli.watch_view import Watched


def a_member(name: str, *, is_alive: bool = True) -> dict[str, object]:
    return {
        "id": f"id of {name}, which is long",
        "name": name,
        "is_alive": is_alive,
        "links": [],
        "clients": 0,
    }


def a_status(
    taken: int = 0,
    *,
    members: int = 2,
    round_trip_ms: int | None = 7,
    incarnation: int = 1,
    name: str = "south",
) -> dict[str, object]:
    """Of north, which has a link to south."""
    others = [a_member(f"m{number}", is_alive=number != 3) for number in range(1, members - 1)]
    south = a_member(name)
    link = {**south, "is_suspected": False, "round_trip_ms": round_trip_ms}
    return {
        "name": "north",
        "network": "overlay",
        "incarnation": incarnation,
        "messages_taken": taken,
        "lag_ms": 1.5,
        "clients_here": 1,
        "clients_reachable": 3,
        "links": [link],
        "members": [a_member("north"), south, *others],
        "bridges": [{"id": south["id"], "name": name, "cut_off": 4}],
    }


def screen(watched: Watched, columns: int, lines: int = 24) -> list[str]:
    output = StringIO()
    console = Console(file=output, width=columns, height=lines, highlight=False, markup=False)
    console.print(watched.screen(columns, lines))
    return output.getvalue().splitlines()


def test_a_line_has_the_figures_and_how_many_messages_a_second_came() -> None:
    watched = Watched()
    watched.take(a_status(100), 10.0)
    watched.take(a_status(130), 12.0)

    assert watched.line() == (
        "north: 2 of 2 nodes alive, 1 link (south 7 ms), 1 client here, 3 reachable,"
        " 15.0 messages/s, lag 1.5 ms"
    )


def test_what_is_not_known_is_not_invented() -> None:
    watched = Watched()
    assert watched.line() == "no answer"

    watched.take(a_status(round_trip_ms=None), 10.0)

    assert "south -" in watched.line()
    assert "- messages/s" in watched.line()


def test_a_node_that_began_anew_has_no_rate_at_first() -> None:
    watched = Watched()
    watched.take(a_status(100), 10.0)
    watched.take(a_status(3, incarnation=2), 11.0)

    assert "- messages/s" in watched.line()


def test_silence_is_told_with_the_last_that_was_seen() -> None:
    watched = Watched()
    watched.take(a_status(), 10.0)
    watched.miss(3.0)

    assert "no answer for 3 s" in watched.line()
    assert "south" in watched.line()
    assert "no answer for 3 s" in screen(watched, 80)[1]


def test_the_screen_draws_how_the_figures_went() -> None:
    watched = Watched()
    for second in range(10):
        watched.take(a_status(second * 100, round_trip_ms=50 if second == 9 else 0), second)

    shown = screen(watched, 80)

    assert any(line.split()[:2] == ["messages/s", "100.0"] and line[-1] == "█" for line in shown)
    assert any("south" in line and "50 ms" in line and "▁▁█" in line for line in shown)
    assert any(line.split()[:3] == ["south", "yes", "0"] and "4" in line for line in shown)


@pytest.mark.parametrize("columns", [30, 40, 60, 80, 200])
@pytest.mark.parametrize("lines", [12, 24])
def test_a_screen_fits_its_terminal_and_shows_the_dead_first(columns: int, lines: int) -> None:
    watched = Watched()
    watched.take(a_status(members=40), 10.0)

    shown = screen(watched, columns, lines)

    assert max(map(len, shown)) <= columns
    if columns >= 40:
        assert len(shown) <= lines
        names = [line.split()[0] for line in shown if line.strip()]
        assert names[names.index("node") + 1] == "m3"
        assert any(line.startswith("and ") and " more" in line for line in shown)


def test_what_the_dead_said_last_of_themselves_is_not_shown_as_if_it_were_so() -> None:
    watched = Watched()
    dead = {**a_member("gone", is_alive=False), "clients": 3, "links": ["one", "two"]}
    watched.take({**a_status(), "members": [a_member("north"), dead]}, 10.0)

    assert any(line.split() == ["gone", "NO", "-", "-"] for line in screen(watched, 80))


def test_a_link_that_was_gone_for_a_minute_is_forgotten_and_none_steers_the_terminal() -> None:
    watched = Watched(has_blocks=False)
    watched.take(a_status(name="\x1b[2Jsouth"), 0.0)
    assert "\x1b" not in "".join(screen(watched, 80))
    assert "\x1b" not in watched.line()

    for second in range(1, 70):
        watched.take({**a_status(), "links": []}, second)

    assert "0 links" in watched.line()
    assert watched._round_trips == {}


def test_before_the_first_answer_the_screen_says_so() -> None:
    assert screen(Watched(), 80) == ["no answer"]
