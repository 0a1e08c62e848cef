"""One chat: lines go in, and everything that happens is shown."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Final

import trio

from overlay.cli.chat_lines import (
    Continue,
    Help,
    Join,
    Leave,
    People,
    Quit,
    Say,
    To,
    Wrong,
    read_line,
)
from overlay.cli.chat_screen import Screen, Sent
from overlay.cli.failing import FAILED, PARTLY, USAGE, exit_code, explain
from overlay.errors import OverlayError
from overlay.sdk import ChangeStream, Client, Handle, Person, PersonChange

_SOON_SECONDS: Final = 0.4
"""Most messages are delivered within this: then that alone is told, not every step."""


class Chat:
    """What one person does in one chat. `is_patient` waits at the end for what was sent."""

    def __init__(self, client: Client, screen: Screen, *, is_patient: bool) -> None:
        self._client = client
        self._screen = screen
        self._is_patient = is_patient
        self._channels: list[str] = []
        self._person: str | None = None
        self._sent: list[Sent] = []
        self._first_code = 0

    @property
    def prompt(self) -> str:
        """Whom a line without a command is for."""
        if self._person is not None:
            return f"{self._person}> "
        return f"#{self._channels[-1]}> " if self._channels else "> "

    async def run(self, lines: AsyncGenerator[str, None], patience_seconds: float) -> int:
        """Do what the lines say until they end; returns the exit code.

        Then wait, for `patience_seconds` at most, until all that was sent has arrived.
        """
        changes = self._client.changes()
        for person in self._online():
            self._screen.change(PersonChange(person, None))
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._show_messages)
            nursery.start_soon(self._show_changes, changes)
            with trio.CancelScope() as following:
                async with trio.open_nursery() as follower, aclosing(lines):
                    await self._read(lines, follower)
                    seconds = patience_seconds if self._is_patient else 0.0
                    following.deadline = trio.current_time() + seconds
            nursery.cancel_scope.cancel()
        return self._code()

    async def _read(self, lines: AsyncGenerator[str, None], follower: trio.Nursery) -> None:
        async for line in lines:
            try:
                if await self._do(line, follower):
                    return
            except OverlayError as error:
                self._fail(exit_code(error), *explain(error))

    async def _do(self, written: str, follower: trio.Nursery) -> bool:
        """Do what one line says; True when it is the last."""
        match read_line(written):
            case To(name, text):
                await self._send(name, text, follower)
            case Say(text):
                await self._say(text, follower)
            case Continue(text) if self._person is not None:
                await self._send(self._person, text, follower)
            case Continue(text):
                await self._say(text, follower)
            case Join(channel):
                await self._join(channel.removeprefix("#"))
            case Leave(channel):
                await self._leave(channel)
            case People():
                self._screen.people(self._online())
            case Help():
                self._screen.help()
            case Quit():
                return True
            case Wrong(words):
                self._fail(USAGE, words)
            case None:
                pass
        return False

    async def _send(self, name: str, text: str, follower: trio.Nursery) -> None:
        handle = await self._client.send(name, text)
        self._person = name
        self._follow(handle, name, text, follower)

    async def _say(self, text: str, follower: trio.Nursery) -> None:
        if not self._channels:
            self._fail(USAGE, "To whom? Say /to NAME TEXT, or /join CHANNEL first.")
            return
        self._person = None
        channel = self._channels[-1]
        handle = await self._client.say(channel, text)
        self._follow(handle, f"#{channel}", text, follower)

    async def _join(self, channel: str) -> None:
        await self._client.join(channel)
        self._channels = [*(one for one in self._channels if one != channel), channel]
        self._person = None
        self._screen.note(f"Joined #{channel}.")

    async def _leave(self, channel: str | None) -> None:
        if channel is None and not self._channels:
            self._fail(USAGE, "There is no channel to leave.")
            return
        left = self._channels[-1] if channel is None else channel.removeprefix("#")
        await self._client.leave(left)
        self._channels = [one for one in self._channels if one != left]
        self._screen.note(f"Left #{left}.")

    def _follow(self, handle: Handle, to: str, text: str, follower: trio.Nursery) -> None:
        sent = Sent(number=len(self._sent) + 1, to=to, text=text, handle=handle)
        self._sent.append(sent)
        self._screen.sent(sent)
        follower.start_soon(self._show_steps, sent)

    async def _show_steps(self, sent: Sent) -> None:
        handle = sent.handle
        with trio.move_on_after(_SOON_SECONDS):
            while not handle.is_over:
                await handle.changed()
        shown = None
        while shown != (step := (handle.state, handle.stalled_because)):
            self._screen.step(sent)
            shown = step
            if not handle.is_over:
                await handle.changed()

    async def _show_messages(self) -> None:
        async for message in self._client:
            self._screen.message(message)

    async def _show_changes(self, changes: ChangeStream) -> None:
        async for change in changes:
            self._screen.change(change)

    def _online(self) -> list[Person]:
        return [person for person in self._client.people() if person.is_online]

    def _fail(self, code: int, *words: str) -> None:
        self._first_code = self._first_code or code
        self._screen.trouble(words)

    def _code(self) -> int:
        under_way = sum(not sent.handle.is_over for sent in self._sent)
        if under_way:
            self._screen.note(f"Not delivered yet: {under_way}. The outbox keeps what is sealed.")
        if not self._is_patient:
            return 0
        over = [sent.handle for sent in self._sent if sent.handle.is_over]
        arrived = sum(handle.state != "failed" for handle in over)
        if self._first_code or arrived == len(self._sent):
            return self._first_code
        return PARTLY if arrived else FAILED
