"""`overlay status`: what a running node says of itself."""

import json
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

import click
from rich.console import Console
from rich.table import Table

from overlay.errors import LinkError, UsageError
from overlay.transport.addresses import Endpoint, parse_address
from overlay.transport.link import BadAddress

_SECONDS = 5.0
"""A node answers from memory; one that takes longer is stuck."""


@click.command("status")
@click.argument("address")
@click.option("--json", "as_json", is_flag=True, help="Everything, as JSON.")
def command(address: str, as_json: bool) -> None:
    """Show the status of the node at ADDRESS: HOST:PORT, or ws://HOST:PORT/overlay."""
    status = _fetch(_endpoint(address))
    if as_json:
        click.echo(json.dumps(status))
    else:
        _show(status)


def _endpoint(address: str) -> Endpoint:
    try:
        return parse_address(address if "://" in address else f"ws://{address}/overlay")
    except BadAddress as error:
        raise UsageError(str(error)) from None


def _fetch(endpoint: Endpoint) -> dict[str, object]:
    url = f"http://{endpoint}/status"
    try:
        with urlopen(url, timeout=_SECONDS) as response:
            status: dict[str, object] = json.load(response)
            return status
    except HTTPError as error:
        raise LinkError(f"{endpoint}: what listens there is no overlay node ({error})") from None
    except (URLError, OSError, ValueError) as error:
        reason = getattr(error, "reason", error)
        raise LinkError(f"{endpoint}: no node answers ({reason}); is it running?") from None


def _show(status: dict[str, object]) -> None:
    console = Console(highlight=False)
    console.print(
        f"[bold]{status['name']}[/] in [bold]{status['network']}[/], "
        f"incarnation {status['incarnation']}, {status['software']}"
    )
    console.print(f"id {status['id']}", soft_wrap=True)
    console.print(
        f"{status['clients_here']} clients here, {status['clients_reachable']} reachable, "
        f"{status['mailbox_envelopes']} envelopes kept"
    )
    console.print(_members(status))
    console.print(_neighbours(status))


def _members(status: dict[str, object]) -> Table:
    table = Table("member", "alive", "links", "clients", title="Members", title_justify="left")
    members = status["members"]
    assert isinstance(members, list)
    for member in members:
        table.add_row(
            member["name"] or member["id"][:8],
            "yes" if member["is_alive"] else "no",
            str(len(member["links"])),
            str(member["clients"]),
        )
    return table


def _neighbours(status: dict[str, object]) -> Table:
    table = Table("neighbour", "state", "why", title="Neighbours", title_justify="left")
    neighbours = status["neighbours"]
    assert isinstance(neighbours, list)
    for neighbour in neighbours:
        at = neighbour["address"] or f"{neighbour['id'][:8]}…, dials in"
        table.add_row(at, neighbour["state"], neighbour["detail"])
    return table
