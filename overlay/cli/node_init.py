"""`overlay node init`."""

import shutil
from pathlib import Path

import click

from overlay import limits
from overlay.cli.options import DIRECTORY
from overlay.config import NodeFile, read_node_file
from overlay.core.settings import Neighbour
from overlay.errors import UsageError
from overlay.messages.ids import Address
from overlay.nodes.directory import NodeDirectory, check_runnable
from overlay.transport.addresses import whole_address


@click.command("init")
@DIRECTORY
@click.option("--name", help="What people call the node.")
@click.option("--listen", metavar="HOST:PORT", help="Beyond loopback, links go over TLS.")
@click.option(
    "--address",
    metavar="ADDRESS",
    help="Where others reach the node: HOST:PORT, or wss://HOST:PORT/overlay; where it listens"
    " if not said.",
)
@click.option(
    "--neighbour",
    "neighbours",
    multiple=True,
    metavar="ADDRESS",
    help="Where a neighbour listens: HOST:PORT, or wss://HOST:PORT/overlay. Repeat for more.",
)
@click.option("--network", default="overlay", show_default=True, help="The overlay's name.")
@click.option(
    "--extra-links",
    type=click.IntRange(0, limits.EXTRA_LINKS_MAX),
    help=f"Links to random further members that the node keeps; {limits.EXTRA_LINKS} if not said.",
)
@click.option(
    "--file",
    "source",
    type=click.Path(path_type=Path),
    help="Take a neighbours file as it is, instead of the options; the older form, too.",
)
@click.option("--open", "is_open", is_flag=True, help="Admit whoever dials in: for labs only.")
def init(
    directory: Path,
    name: str | None,
    listen: str | None,
    address: str | None,
    neighbours: tuple[str, ...],
    network: str,
    extra_links: int | None,
    source: Path | None,
    is_open: bool,
) -> None:
    """Make a node in DIRECTORY: a key of its own, and its neighbours file."""
    node = NodeDirectory(directory)
    if source is not None:
        if name or listen or address or neighbours or extra_links is not None:
            raise UsageError(
                "--file stands for --name, --listen, --address, --neighbour and --extra-links: "
                "give one or the other"
            )
        file = read_node_file(source, "a neighbours file; or say --name and --listen instead")
        check_runnable(source, file)
        key = node.create(file)
        shutil.copyfile(source, node.file_path)
    else:
        if not name or not listen:
            raise UsageError("a node needs --name and --listen, or a --file that says them")
        key = node.create(
            NodeFile(
                name=name,
                network=network,
                admission="open" if is_open else "listed",
                listen=listen,
                address=Address(whole_address(address)) if address is not None else None,
                neighbours=tuple(
                    Neighbour(address=Address(whole_address(at)), id=None) for at in neighbours
                ),
                extra_links=limits.EXTRA_LINKS if extra_links is None else extra_links,
            )
        )
    click.echo(key.id)
    click.echo(f"Made {node.file_path}. Run it with: overlay node run {directory}", err=True)
