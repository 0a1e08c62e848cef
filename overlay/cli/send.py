"""`overlay send`: one message to one or more people, and its fate as an exit code."""

import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

import click

from overlay import limits
from overlay.cli.failing import FAILED, PARTLY, REFUSED
from overlay.cli.options import Reach, name_option, node_options, open_identity, reach_of
from overlay.cli.output import say
from overlay.cli.shapes import BECAUSE
from overlay.errors import OverlayError, UsageError

if TYPE_CHECKING:
    from overlay.sdk import Client, Handle, Identity, Person
    from overlay.sdk.values import State

Wait = Literal["accepted", "delivered"]

_LOOK_SECONDS: Final = 2.0
"""A failure is told all the same when the node takes longer to say more about it."""

_HINTS_MAX: Final = 5

# This client goes away, and with it what its home does not hold yet.
_BECAUSE: Final = BECAUSE | {
    "away": "they are away",
    "resting": "they did not answer",
    "unknown_recipient": "nobody known here has that id; `overlay who` lists who is known",
}


@click.command("send")
@node_options
@name_option(words="Who sends; the identity is made if it is not there.")
@click.option(
    "--to",
    "recipients",
    multiple=True,
    required=True,
    metavar="PERSON",
    help="A name, name@node or account id. Repeat for more people.",
)
@click.option(
    "--wait",
    type=click.Choice(["accepted", "delivered"]),
    default="delivered",
    show_default=True,
    help="How far the message has to come.",
)
@click.option(
    "--timeout", type=click.FloatRange(min=0), default=30.0, show_default=True, metavar="SECONDS"
)
@click.argument("text")
def command(
    nodes: tuple[str, ...],
    setup: Path | None,
    is_insecure: bool,
    name: str | None,
    recipients: tuple[str, ...],
    wait: Wait,
    timeout: float,
    text: str,
) -> int:
    """Send TEXT, or what standard input holds if TEXT is a lone dash.

    Ends with 0 once it has come as far as --wait says, with everybody; with 5
    if only with some, 1 with nobody, 3 if it was refused.
    """
    from overlay.cli.running import run_async

    sending = _Sending(
        reach=reach_of(nodes, setup, is_insecure),
        recipients=tuple(dict.fromkeys(recipients)),
        text=_read_input() if text == "-" else text,
        wait=wait,
        timeout=timeout,
    )
    with open_identity(name) as identity:
        return run_async(partial(sending.run, identity))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sending:
    """What the command was asked for."""

    reach: Reach
    recipients: Sequence[str]
    text: str
    wait: Wait
    timeout: float

    async def run(self, identity: "Identity") -> int:
        from overlay.sdk import UnknownName

        try:
            return await self._send(identity)
        except UnknownName as error:
            for person in await self._perhaps_meant(error.name, identity):
                error.add_note(f"did you mean {person}? {person.id}")
            error.add_note("`overlay who` lists who is known")
            raise

    async def _send(self, identity: "Identity") -> int:
        import trio

        from overlay.cli.running import tell_detour

        handles: dict[str, Handle] = {}
        async with self.reach.connect(identity, watch_people=False) as client:
            tell_detour(client, self.reach)
            with trio.move_on_after(self.timeout):
                handles = await self._queue(client)
                async with trio.open_nursery() as nursery:
                    for handle in handles.values():
                        nursery.start_soon(_wait, handle, self.wait)
            away = await self._away(client, handles)
        if not handles:
            say(f"Error: the node did not answer within {self.timeout:g} s: nothing was sent")
            return FAILED
        return self._judge(handles, away)

    async def _perhaps_meant(self, name: str, identity: "Identity") -> "list[Person]":
        """Who is known under a similar name; nobody if the node is too slow to say."""
        import trio

        from overlay.sdk.people import perhaps_meant

        with trio.move_on_after(_LOOK_SECONDS), suppress(OverlayError):
            async with self.reach.connect(identity) as client:
                return perhaps_meant(name, client.people())[:_HINTS_MAX]
        return []

    async def _away(self, client: "Client", handles: "dict[str, Handle]") -> list[str]:
        """Those whom it has not reached, and who are known and away."""
        import trio

        away = []
        with trio.move_on_after(_LOOK_SECONDS), suppress(OverlayError):
            for to, handle in handles.items():
                if handle.state not in (self.wait, "delivered", "failed"):
                    found = await client.find(handle.to)
                    if found and not any(person.is_online for person in found):
                        away.append(to)
        return away

    async def _queue(self, client: "Client") -> "dict[str, Handle]":
        """Nothing is sent to anybody before it is known who everybody is."""
        accounts = [(written, await client.resolve(written)) for written in self.recipients]
        people = dict(zip([account for _, account in accounts], self.recipients, strict=True))
        return {people[account]: await client.send(account, self.text) for account in people}

    def _judge(self, handles: "dict[str, Handle]", away: Sequence[str]) -> int:
        wanted = ("accepted", "delivered") if self.wait == "accepted" else ("delivered",)
        arrived = [to for to, handle in handles.items() if handle.state in wanted]
        refused = [to for to, handle in handles.items() if handle.state == "failed"]
        for to, handle in handles.items():
            because = "away" if to in away else handle.stalled_because
            say(self._words(to, handle.state, because, to in arrived))
        if len(arrived) == len(handles):
            return 0
        if arrived:
            return PARTLY
        return REFUSED if len(refused) == len(handles) else FAILED

    def _words(self, to: str, state: "State", code: str | None, has_arrived: bool) -> str:
        if has_arrived:
            return f"{to}: {state}"
        because = f": {_BECAUSE.get(code, code)}" if code is not None else ""
        if state == "failed":
            return f"Error: {to}: it was given up{because}"
        return (
            f"Error: {to}: not {self.wait} within {self.timeout:g} s, {state} so far"
            f"{because}; it stays in the outbox and goes on when this identity is used again"
        )


async def _wait(handle: "Handle", wait: Wait) -> None:
    from overlay.sdk import NotDelivered

    with suppress(NotDelivered):  # Its state says so.
        await (handle.accepted() if wait == "accepted" else handle.delivered())


def _read_input() -> str:
    """All of standard input, without the line's end that most programs put there."""
    if sys.stdin is None:
        raise UsageError("standard input is closed: give the text itself")
    read = sys.stdin.buffer.read(limits.TEXT_BYTES_MAX + 2)
    try:
        text = read.decode()
    except UnicodeDecodeError:
        raise UsageError("standard input: not UTF-8, or longer than a message may be") from None
    return text.removesuffix("\n")
