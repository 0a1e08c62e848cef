"""`overlay status --watch`: on a screen, as lines, as JSON; until Ctrl-C."""

import json
import signal
from pathlib import Path

import pytest

from tests.end_to_end.commands import command, running
from tests.end_to_end.overlays import converged_overlay
from tests.end_to_end.terminals import at_terminal


async def test_on_a_screen_the_figures_go_on_until_ctrl_c(tmp_path: Path) -> None:
    async with converged_overlay(2, "line") as overlay:
        north, south = overlay.nodes
        watching = at_terminal(
            "status", north.endpoint, "--watch", home=tmp_path, columns=50, lines=20
        )
        async with watching as terminal:
            await terminal.shows(" in overlay: 2 of 2 nodes alive")
            await terminal.shows("messages/s")
            await terminal.shows("n2")

            await overlay.kill(south)
            await terminal.shows("1 of 2 nodes alive")
            await overlay.kill(north)
            await terminal.shows("no answer for ")

            terminal.process.send_signal(signal.SIGINT)
            assert await terminal.ends() == 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_without_a_terminal_there_is_a_line_each_second(number: signal.Signals) -> None:
    async with (
        converged_overlay(2, "line") as overlay,
        running("status", overlay.nodes[0].endpoint, "--watch") as watching,
    ):
        lines = [await watching.says("n1: 2 of 2 nodes alive") for _ in range(2)]
        watching.process.send_signal(number)
        code = await watching.ends()

    assert all("1 link (n2 " in line for line in lines)
    assert not any("\x1b" in line for line in lines)
    assert code == 0


async def test_a_program_gets_a_document_each_second_and_is_told_of_silence() -> None:
    async with (
        converged_overlay(2, "line") as overlay,
        running("status", overlay.nodes[0].endpoint, "--watch", "--json") as watching,
    ):
        first = json.loads(await watching.says("lag_ms"))
        await overlay.kill(overlay.nodes[0])
        await watching.says('{"error": "no answer"}')

    assert first["name"] == "n1"
    assert first["messages_taken"] >= 0
    assert first["lag_ms"] >= 0


async def test_where_nobody_answers_at_first_there_is_nothing_to_watch() -> None:
    ended = await command("status", "127.0.0.1:1", "--watch")

    assert ended.code == 4
    assert "no node answers" in ended.error
