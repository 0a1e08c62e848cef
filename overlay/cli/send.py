"""`overlay send`: one message to one or more people, and its fate as an exit code."""

import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from overlay import limits
from overlay.cli.failing import FAILED, PARTLY, REFUSED
from overlay.cli.options import addresses_of, name_option, node_options, open_identity
from overlay.cli.output import say
from overlay.errors import UsageError

if TYPE_CHECKING:
    from overlay.sdk import Client, Handle, Identity

Wait = Literal["accepted", "delivered"]


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

    addresses = addresses_of(nodes, setup)
    sending = _Sending(
        addresses=addresses,
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

    addresses: Sequence[str]
    recipients: Sequence[str]
    text: str
    wait: Wait
    timeout: float

    async def run(self, identity: "Identity") -> int:
        import trio

        from overlay.cli.running import tell_detour
        from overlay.sdk import connect

        handles: dict[str, Handle] = {}
        async with connect(self.addresses, identity, watch_people=False) as client:
            tell_detour(client, self.addresses)
            with trio.move_on_after(self.timeout):
                handles = await self._queue(client)
                async with trio.open_nursery() as nursery:
                    for handle in handles.values():
                        nursery.start_soon(_wait, handle, self.wait)
        if not handles:
            say(f"Error: the node did not answer within {self.timeout:g} s: nothing was sent")
            return FAILED
        return self._judge(handles)

    async def _queue(self, client: "Client") -> "dict[str, Handle]":
        """Nothing is sent to anybody before it is known who everybody is."""
        accounts = [(written, await client.resolve(written)) for written in self.recipients]
        people = dict(zip([account for _, account in accounts], self.recipients, strict=True))
        return {people[account]: await client.send(account, self.text) for account in people}

    def _judge(self, handles: "dict[str, Handle]") -> int:
        wanted = ("accepted", "delivered") if self.wait == "accepted" else ("delivered",)
        arrived = [to for to, handle in handles.items() if handle.state in wanted]
        refused = [to for to, handle in handles.items() if handle.state == "failed"]
        for to, handle in handles.items():
            say(self._words(to, handle, to in arrived))
        if len(arrived) == len(handles):
            return 0
        if arrived:
            return PARTLY
        return REFUSED if len(refused) == len(handles) else FAILED

    def _words(self, to: str, handle: "Handle", has_arrived: bool) -> str:
        if has_arrived:
            return f"{to}: {handle.state}"
        because = f" ({handle.stalled_because})" if handle.stalled_because else ""
        if handle.state == "failed":
            return f"Error: {to}: it was given up{because}"
        return (
            f"Error: {to}: not {self.wait} within {self.timeout:g} s, {handle.state} so far"
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
