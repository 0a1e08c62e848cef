"""Orders to a running node: `overlay node accept-key`, `keep-apart`, `reload`, `stop`."""

from pathlib import Path

import click

from overlay import limits
from overlay.cli.asking import ask
from overlay.cli.options import DIRECTORY, TakesId
from overlay.messages.ids import Address
from overlay.transport.addresses import whole_address


@click.command("accept-key")
@DIRECTORY
@click.argument("address")
def accept_key(directory: Path, address: str) -> None:
    """Accept the key that answers at a neighbour's ADDRESS now, instead of the pinned one."""
    _command(directory, command="accept-key", address=Address(whole_address(address)))


@click.command("keep-apart", cls=TakesId)
@DIRECTORY
@click.argument("node")
@click.option(
    "--seconds",
    type=click.IntRange(0, limits.APART_MS_MAX // 1_000),
    default=30,
    show_default=True,
    help="For how long; 0 ends it now.",
)
def keep_apart(directory: Path, node: str, seconds: int) -> None:
    """Have no link with the node of id NODE for a while: a cut cable, to try things out."""
    _command(directory, command="keep-apart", node=node, seconds=seconds)


@click.command("reload")
@DIRECTORY
def reload(directory: Path) -> None:
    """Have the running node read its neighbours file again, and its certificate.

    What is read at its start alone, and has changed, is named.
    """
    _command(directory, command="reload")


@click.command("stop")
@DIRECTORY
def stop(directory: Path) -> None:
    """Stop the running node."""
    _command(directory, command="stop")


def _command(directory: Path, **request: object) -> None:
    detail = str(ask(directory, **request).get("detail", ""))
    if detail:
        click.echo(detail, err=True)
