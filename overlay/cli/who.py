"""`overlay who`: the people that a node knows to be online."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from overlay.cli.options import Reach, name_option, node_options, open_identity, reach_of
from overlay.cli.output import put_json, put_table, say
from overlay.cli.shapes import person_fields, person_row

if TYPE_CHECKING:
    from overlay.sdk import Identity

_GUEST = "guest"
"""What others see for a moment when nobody in particular asks."""


@click.command("who")
@node_options
@name_option(words="Ask as this identity; else as a guest, who stays known as away.")
@click.option("--json", "as_json", is_flag=True, help="Everything, as JSON.")
def command(
    nodes: tuple[str, ...],
    setup: Path | None,
    is_insecure: bool,
    name: str | None,
    as_json: bool,
) -> int:
    """List who is online: name, node, id."""
    from overlay.cli.running import run_async
    from overlay.sdk import Identity

    reach = reach_of(nodes, setup, is_insecure)
    with Identity.temporary(_GUEST) if name is None else open_identity(name) as identity:
        return run_async(partial(_list, reach, identity, as_json))


async def _list(reach: Reach, identity: "Identity", as_json: bool) -> int:
    from overlay.cli.running import tell_detour

    async with reach.connect(identity) as client:
        tell_detour(client, reach)
        people = [person for person in client.people() if person.is_online]
    if as_json:
        put_json([person_fields(person) for person in people])
    elif people:
        put_table([person_row(person) for person in people])
    else:
        say("Nobody else is online.")
    return 0
