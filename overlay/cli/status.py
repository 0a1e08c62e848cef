"""`overlay status`: what a running node says of itself."""

import json
from collections.abc import Callable
from http import HTTPStatus
from http.client import HTTPException
from os.path import isdir
from pathlib import Path
from typing import Final
from urllib.error import HTTPError
from urllib.request import HTTPSHandler, ProxyHandler, build_opener

import click
import trio
from rich.console import Console
from rich.table import Table
from rich.text import Text

from overlay.cli.output import shown
from overlay.cli.watch import watch
from overlay.errors import LinkError, UsageError
from overlay.nodes.control import ask_node
from overlay.nodes.directory import NodeDirectory
from overlay.structures.hosts import LOCAL_NAME
from overlay.transport.addresses import Endpoint, is_secured, parse_written, whole_address
from overlay.transport.link import BadAddress
from overlay.transport.tls import dialling_context

_SECONDS: Final = 5.0
"""A node answers from memory; one that takes longer is stuck."""

_BYTES_MAX: Final = 16_777_216
"""A status names every member, up to 16,384 of them, with its links."""

_WORDS_BYTES: Final = 80
"""Of what another program, or a node that speaks TLS, says to our request."""

_FIELDS: Final = {"id", "name", "incarnation", "members", "neighbours"}
"""What tells a node's status from that of other programs."""

# Without the environment's proxy, which may not reach what this machine does. Certificates of
# nodes are self-made: a status is as trustworthy as the way to the node.
_OPENER: Final = build_opener(ProxyHandler({}), HTTPSHandler(context=dialling_context()))


@click.command("status")
@click.argument("node", metavar="NODE")
@click.option("--json", "as_json", is_flag=True, help="Everything, as JSON.")
@click.option(
    "--watch",
    "is_watched",
    is_flag=True,
    help="Anew each second until Ctrl-C; one line each where there is no terminal.",
)
def command(node: str, as_json: bool, is_watched: bool) -> None:
    """Show the status of the running node NODE: its directory, or on its machine HOST:PORT."""
    fetch = _fetch_from(node)
    if is_watched:
        watch(fetch, as_json=as_json)
        return
    status = fetch()
    if as_json:
        click.echo(json.dumps(status))
    else:
        _show(status)


def _fetch_from(node: str) -> Callable[[], dict[str, object]]:
    """Where there is no directory of that name it is what it looks like."""
    is_host = ":" in node or "." in node or node == LOCAL_NAME
    is_path = "/" in node and "://" not in node
    if is_path or not is_host or isdir(node):
        return _from_directory(Path(node))
    return _from_address(node)


def _from_directory(path: Path) -> Callable[[], dict[str, object]]:
    """Asks through the node's control socket, as nobody else can."""

    async def ask() -> dict[str, object]:
        return await ask_node(NodeDirectory(path).control_path, command="status")

    def fetch() -> dict[str, object]:
        status = trio.run(ask)["status"]
        assert isinstance(status, dict)
        return status

    return fetch


def _from_address(address: str) -> Callable[[], dict[str, object]]:
    try:
        endpoint = parse_written(address)
    except BadAddress as error:
        raise UsageError(str(error)) from None
    scheme = "https" if is_secured(whole_address(address)) else "http"
    return lambda: _fetch(scheme, endpoint)


def _fetch(scheme: str, endpoint: Endpoint) -> dict[str, object]:
    try:
        with _OPENER.open(f"{scheme}://{endpoint}/status", timeout=_SECONDS) as response:
            status = json.loads(response.read(_BYTES_MAX))
    except HTTPError as error:
        if error.code == HTTPStatus.SERVICE_UNAVAILABLE:
            raise LinkError(f"{endpoint}: the node has no room for a connection now") from None
        if error.code == HTTPStatus.FORBIDDEN:
            elsewhere = "a node shows its status on its own machine only"
            raise LinkError(f"{endpoint}: {elsewhere}: there, `overlay status DIR`") from None
        words = error.read(_WORDS_BYTES).decode(errors="replace").partition("\n")[0]
        raise _other_program(endpoint, shown(words) or error) from None
    except (HTTPException, json.JSONDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise _other_program(endpoint, error) from None
    except OSError as error:
        reason = getattr(error, "reason", error)
        raise LinkError(f"{endpoint}: no node answers ({reason}); is it running?") from None
    if not isinstance(status, dict) or _FIELDS.difference(status):
        raise _other_program(endpoint, "another kind of status")
    return status


def _other_program(endpoint: Endpoint, answer: object) -> LinkError:
    return LinkError(f"{endpoint}: what listens there is no overlay node ({answer!s:.80})")


def _show(status: dict[str, object]) -> None:
    """Names and details come from other nodes: none of them may steer a terminal."""
    console = Console(highlight=False, markup=False)
    name, network = shown(str(status["name"])), shown(str(status["network"]))
    software = shown(str(status["software"]))
    rest = f", incarnation {status['incarnation']}, {software}"
    console.print(Text.assemble((name, "bold"), " in ", (network, "bold"), rest))
    console.print(f"id {status['id']}", soft_wrap=True)
    console.print(
        f"{status['clients_here']} clients here, {status['clients_reachable']} reachable, "
        f"{status['mailbox_envelopes']} envelopes kept"
    )
    _show_bridges(console, status)
    console.print(_members(status))
    console.print(_neighbours(status))


def _show_bridges(console: Console, status: dict[str, object]) -> None:
    """Whose loss would split the overlay, worst first."""
    bridges = status.get("bridges", [])
    assert isinstance(bridges, list)
    if not bridges:
        console.print("No single node's loss would split the overlay as its files configure it.")
        return
    which = "One node holds" if len(bridges) == 1 else f"{len(bridges)} nodes hold"
    console.print(
        f"{which} the overlay together alone, as its files configure it: without it the others "
        "would have to find each other anew. More neighbours would help."
    )
    title = "Would split the overlay"
    table = Table("node", "would cut off", title=title, title_justify="left")
    for bridge in bridges:
        name = Text(shown(bridge["name"] or bridge["id"][:8]))
        table.add_row(name, "1 node" if bridge["cut_off"] == 1 else f"{bridge['cut_off']} nodes")
    console.print(table)


def _members(status: dict[str, object]) -> Table:
    table = Table("member", "alive", "links", "clients", title="Members", title_justify="left")
    members = status["members"]
    assert isinstance(members, list)
    for member in members:
        is_alive = member["is_alive"]
        table.add_row(
            Text(shown(member["name"] or member["id"][:8])),
            "yes" if is_alive else "no",
            # Of one that is dead nobody knows more than what it said last.
            str(len(member["links"])) if is_alive else "-",
            str(member["clients"]) if is_alive else "-",
        )
    return table


def _neighbours(status: dict[str, object]) -> Table:
    table = Table("neighbour", "state", "why", title="Neighbours", title_justify="left")
    neighbours = status["neighbours"]
    assert isinstance(neighbours, list)
    for neighbour in neighbours:
        at = neighbour["address"] or f"{neighbour['id'][:8]}…, dials in"
        table.add_row(Text(at), neighbour["state"], Text(shown(neighbour["detail"])))
    return table
