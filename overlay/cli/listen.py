"""`overlay listen`: messages as they arrive, for people and programs."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING

import click

from overlay.cli.failing import FAILED
from overlay.cli.options import Reach, name_option, node_options, open_identity, reach_of
from overlay.cli.output import put, put_json, say
from overlay.cli.shapes import message_fields, message_line

if TYPE_CHECKING:
    from overlay.sdk import Client, Identity, Message


@click.command("listen")
@node_options
@name_option(words="Who listens; the identity is made if it is not there.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@click.option(
    "--channel", "channels", multiple=True, metavar="CHANNEL", help="Listen there too. Repeatable."
)
@click.option("--count", type=click.IntRange(min=1), help="End after so many messages.")
@click.option("--timeout", type=click.FloatRange(min=0), metavar="SECONDS", help="End after this.")
def command(
    nodes: tuple[str, ...],
    setup: Path | None,
    is_insecure: bool,
    name: str | None,
    as_json: bool,
    channels: tuple[str, ...],
    count: int | None,
    timeout: float | None,
) -> int:
    """Print messages until Ctrl-C, or as long as --count and --timeout say.

    What had arrived for this identity and was never shown comes first. Ends
    with 1, and says how many came, if --timeout is over before --count is reached.
    """
    from overlay.cli.running import run_async

    reach = reach_of(nodes, setup, is_insecure)
    listening = _Listening(as_json=as_json, channels=channels, count=count, timeout=timeout)
    with open_identity(name) as identity:
        return run_async(partial(listening.run, reach, identity))


@dataclass(slots=True, kw_only=True)
class _Listening:
    """What the command was asked for, and how many messages came so far."""

    as_json: bool
    channels: Sequence[str]
    count: int | None
    timeout: float | None
    came: int = 0

    async def run(self, reach: Reach, identity: "Identity") -> int:
        import trio

        from overlay.cli.running import tell_detour

        async with reach.connect(identity, watch_people=False) as client:
            tell_detour(client, reach)
            with trio.move_on_after(inf if self.timeout is None else self.timeout):
                for channel in self.channels:
                    await client.join(channel)
                say(f"Listening as {identity.name} ({identity.account}) at {client.status.address}")
                await self._print(client)
                return 0
        if self.count is None:
            return 0
        say(f"Error: {self.came} of {self.count} messages came within {self.timeout:g} s")
        return FAILED

    async def _print(self, client: "Client") -> None:
        async for message in client:
            self._put(message)
            self.came += 1
            if self.came == self.count:
                return

    def _put(self, message: "Message") -> None:
        if self.as_json:
            put_json(message_fields(message))
        else:
            put(message_line(message))
