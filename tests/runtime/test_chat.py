"""A whole chat through a real node: lines go in, everything that happens is shown."""

from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import trio

from overlay.cli.chat_screen import Sent
from overlay.cli.chat_session import Chat
from overlay.errors import UsageError
from overlay.sdk import Change, Client, Identity, Message, Person, PersonChange, connect
from tests.support.running import a_node


class Notebook:
    """A screen that keeps what it is to show, and lets a test wait for it."""

    def __init__(self) -> None:
        self.shown: list[str] = []
        self._happened = trio.Event()

    def message(self, message: Message) -> None:
        channel = f"#{message.channel} " if message.channel else ""
        self._show(f"{channel}{message.name}: {message.text}")

    def change(self, change: Change) -> None:
        if isinstance(change, PersonChange):
            self._show(f"{change.person.name} {'came' if change.has_come else 'went'}")

    def sent(self, sent: Sent) -> None:
        self._show(f"{sent.number} to {sent.to}")

    def step(self, sent: Sent) -> None:
        self._show(f"{sent.number} {sent.handle.state}")

    def people(self, people: Sequence[Person]) -> None:
        self._show(f"people: {' '.join(person.name for person in people)}")

    def help(self) -> None:
        self._show("help")

    def note(self, words: str) -> None:
        self._show(f"note: {words}")

    def trouble(self, words: Sequence[str]) -> None:
        self._show(f"trouble: {words[0]}")

    def _show(self, words: str) -> None:
        self.shown.append(words)
        self._happened.set()
        self._happened = trio.Event()

    async def until(self, words: str) -> None:
        """Return once this is shown."""
        while words not in self.shown:
            await self._happened.wait()


async def lines(*written: str) -> AsyncGenerator[str, None]:
    for line in written:
        await trio.lowlevel.checkpoint()
        yield line


@asynccontextmanager
async def alice_and_bob(path: Path) -> AsyncIterator[tuple[Client, Client]]:
    async with (
        a_node(path) as north,
        connect(north.address, Identity.temporary("bob")) as bob,
        connect(north.address, Identity.temporary("alice")) as alice,
    ):
        yield alice, bob


async def chatted(
    client: Client, *written: str, is_patient: bool = True, seconds: float = 30
) -> tuple[int, list[str]]:
    """The exit code of a chat in which these lines were typed, and what was shown."""
    screen = Notebook()
    chat = Chat(client, screen, is_patient=is_patient)
    code = await chat.run(lines(*written), seconds)
    return code, screen.shown


async def test_a_chat_ends_once_all_that_was_sent_is_delivered(tmp_path: Path) -> None:
    async with alice_and_bob(tmp_path) as (alice, bob):
        code, shown = await chatted(alice, "/to bob hello", "", "and more")

        assert code == 0
        of_each = [[line for line in shown if line[0] == number] for number in "12"]
        assert of_each == [["1 to bob", "1 delivered"], ["2 to bob", "2 delivered"]]
        assert [line for line in shown if line[0] not in "12"] == ["bob came"]
        assert [(await anext(bob)).text, (await anext(bob)).text] == ["hello", "and more"]


async def test_what_comes_is_shown_while_the_chat_goes_on(tmp_path: Path) -> None:
    screen = Notebook()
    async with alice_and_bob(tmp_path) as (alice, bob):

        async def waiting_lines() -> AsyncGenerator[str, None]:
            yield "/join #town"
            await bob.send(alice.identity.account, "psst")
            await bob.say("town", "hello, all")
            await screen.until("bob: psst")
            await screen.until("#town bob: hello, all")
            yield "/quit"

        await Chat(alice, screen, is_patient=True).run(waiting_lines(), 30)

    assert "note: Joined #town." in screen.shown


async def test_a_text_goes_where_the_last_one_went(tmp_path: Path) -> None:
    async with alice_and_bob(tmp_path) as (alice, bob):
        await bob.join("town")

        _, shown = await chatted(
            alice, "/join town", "one", "/to bob two", "three", "/msg four", "five", "/leave"
        )

        goes = [words for words in shown if " to " in words]
        assert goes == ["1 to #town", "2 to bob", "3 to bob", "4 to #town", "5 to #town"]
        assert shown.count("note: Left #town.") == 1


async def test_the_prompt_says_whom_a_text_is_for(tmp_path: Path) -> None:
    async with alice_and_bob(tmp_path) as (alice, _):
        chat = Chat(alice, Notebook(), is_patient=True)
        prompts: list[str] = []

        async def typed() -> AsyncGenerator[str, None]:
            for line in ("/join town", "/join city", "/to bob hi", "/msg hi", "/leave", "/leave"):
                prompts.append(chat.prompt)
                yield line
            prompts.append(chat.prompt)

        await chat.run(typed(), 30)

    assert prompts == ["> ", "#town> ", "#city> ", "bob> ", "#city> ", "#town> ", "> "]


async def test_people_and_help_are_shown_on_request(tmp_path: Path) -> None:
    async with alice_and_bob(tmp_path) as (alice, _):
        code, shown = await chatted(alice, "/people", "/help")

    assert (code, shown) == (0, ["bob came", "people: bob", "help"])


@pytest.mark.parametrize(
    ("line", "code", "words"),
    [
        ("/to carol hi", 3, "trouble: Error: nobody known here is called 'carol'"),
        ("/dance", 2, "trouble: /dance is no command here, or not with that: /help lists them"),
        ("hello?", 2, "trouble: To whom? Say /to NAME TEXT, or /join CHANNEL first."),
        ("/leave", 2, "trouble: There is no channel to leave."),
    ],
)
async def test_a_line_that_fails_is_told_and_the_chat_goes_on(
    tmp_path: Path, line: str, code: int, words: str
) -> None:
    async with alice_and_bob(tmp_path) as (alice, bob):
        found, shown = await chatted(alice, line, "/to bob still here")

        assert found == code
        assert words in shown
        assert (await anext(bob)).text == "still here"


async def test_after_quit_nothing_more_is_read(tmp_path: Path) -> None:
    async with alice_and_bob(tmp_path) as (alice, _):
        _, shown = await chatted(alice, "/quit", "/people")

    assert shown == ["bob came"]


async def test_a_script_that_delivered_nothing_has_failed(tmp_path: Path) -> None:
    async with a_node(tmp_path) as north:
        with Identity.temporary("bob") as bob:
            async with connect(north.address, bob):
                pass
        async with connect(north.address, Identity.temporary("alice")) as alice:
            code, shown = await chatted(alice, f"/to {bob.account} hello", seconds=0.5)

    assert code == 1
    assert shown[-1] == "note: Not delivered yet: 1. The outbox keeps what is sealed."


async def test_a_script_that_delivered_some_says_so(tmp_path: Path) -> None:
    async with a_node(tmp_path) as north, connect(north.address, Identity.temporary("bob")):
        with Identity.temporary("carol") as carol:
            async with connect(north.address, carol):
                pass
        async with connect(north.address, Identity.temporary("alice")) as alice:
            code, _ = await chatted(alice, f"/to {carol.account} hi", "/to bob hi", seconds=3)

    assert code == 5


async def test_a_person_who_quits_waits_for_nothing(tmp_path: Path) -> None:
    async with a_node(tmp_path) as north:
        with Identity.temporary("bob") as bob:
            async with connect(north.address, bob):
                pass
        async with connect(north.address, Identity.temporary("alice")) as alice:
            code, _ = await chatted(alice, f"/to {bob.account} hello", is_patient=False)

    assert code == 0


async def test_input_that_is_no_text_ends_the_chat(tmp_path: Path) -> None:
    async def broken() -> AsyncGenerator[str, None]:
        yield "/help"
        raise UsageError("standard input: a line that is not UTF-8")

    async with alice_and_bob(tmp_path) as (alice, _):
        with pytest.raises(ExceptionGroup) as raised:
            await Chat(alice, Notebook(), is_patient=True).run(broken(), 30)

    assert raised.group_contains(UsageError)
