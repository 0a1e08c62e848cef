"""A chat as a person has it: keys go into a terminal, and a screen comes out."""

import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from overlay.sdk import Identity, connect
from tests.end_to_end.terminals import Terminal, at_terminal
from tests.support.running import a_node


@asynccontextmanager
async def chat_of_alice(node: str, home: Path) -> AsyncIterator[Terminal]:
    async with at_terminal("chat", "--node", node, "--name", "alice", home=home) as terminal:
        yield terminal


async def test_two_people_talk_and_see_their_marks(tmp_path: Path) -> None:
    async with (
        a_node(tmp_path) as north,
        connect(north.address, Identity.temporary("bob")) as bob,
        chat_of_alice(north.address, tmp_path) as terminal,
    ):
        await terminal.shows("/help lists the commands.")
        await terminal.shows("● bob is online at north")
        await terminal.shows("> ")

        terminal.types("/to bob hello therx\x7fe\r")
        await terminal.shows("→ bob: hello there  [1]")
        message = await anext(bob)
        assert message.text == "hello there"
        await terminal.shows("✓✓ [1] delivered to bob")
        await terminal.shows("bob> ")

        terminal.types("half a li")
        await terminal.shows("bob> half a li")
        await bob.send(message.person, "and you?")
        await terminal.shows("bob: and you?")
        await terminal.shows("bob> half a li")

        terminal.types("ne\r")
        assert (await anext(bob)).text == "half a line"
        terminal.types("/quit\r")
        assert await terminal.ends() == 0


@pytest.mark.parametrize(("keys", "code"), [("\x04", 0), ("/quit\r", 0)])
async def test_a_chat_ends_when_it_is_told_to(tmp_path: Path, keys: str, code: int) -> None:
    async with a_node(tmp_path) as north, chat_of_alice(north.address, tmp_path) as terminal:
        await terminal.shows("> ")

        terminal.types(keys)

        assert await terminal.ends() == code


async def test_an_interrupted_chat_leaves_the_terminal_as_it_was(tmp_path: Path) -> None:
    async with a_node(tmp_path) as north, chat_of_alice(north.address, tmp_path) as terminal:
        before = terminal.modes
        await terminal.shows("> ")
        assert terminal.modes != before

        terminal.process.send_signal(signal.SIGINT)

        assert await terminal.ends() == 130
        assert terminal.modes == before
