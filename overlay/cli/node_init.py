"""`overlay node init`."""

import re
import shutil
from pathlib import Path
from typing import Final

import click

from overlay import limits
from overlay.cli.options import DIRECTORY
from overlay.config import NodeFile, checked_node_file, read_node_file
from overlay.core.settings import Neighbour
from overlay.errors import ConfigError, UsageError
from overlay.messages.ids import Address
from overlay.nodes.directory import NodeDirectory, check_runnable
from overlay.nodes.door import door_of
from overlay.transport.addresses import parse_written, whole_address
from overlay.transport.link import BadAddress

_OPTIONS: Final = {"neighbours": "neighbour", "extra_links": "extra-links"}
"""Where an option is called otherwise than the key that it writes."""


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
        file = NodeFile(
            name=name,
            network=network,
            admission="open" if is_open else "listed",
            listen=listen,
            address=_address("--address", address) if address is not None else None,
            neighbours=tuple(
                Neighbour(address=_address("--neighbour", at), id=None) for at in neighbours
            ),
            extra_links=limits.EXTRA_LINKS if extra_links is None else extra_links,
        )
        _check_options(node, file, address)
        key = node.create(file)
    insecure = "" if _is_safe(node, file) else " --insecure"
    click.echo(key.id)
    click.echo(
        f"Made {node.file_path}. Run it with: overlay node run {directory}{insecure}", err=True
    )


def _address(option: str, written: str) -> Address:
    try:
        parse_written(written, allows_plain=True)
    except BadAddress as error:
        raise UsageError(f"{option}: {error}") from None
    return Address(whole_address(written))


def _check_options(node: NodeDirectory, file: NodeFile, address: str | None) -> None:
    """Raises `UsageError`, which names the option, for what no node could run by."""
    try:
        check_runnable(node.file_path, checked_node_file(node.file_path, file))
    except ConfigError as error:
        key = re.split(r"[.[]", error.where.removeprefix(f"{node.file_path}: "))[0]
        option = f"--{_OPTIONS.get(key, key)}"
        raise UsageError(f"{option}: found {error.found}; expected {error.expected}") from None
    # Whoever writes ws:// out means it, and is told what it takes.
    if address is not None and "://" not in address and not _is_safe(node, file):
        raise UsageError(
            f"--address: found {address}, which only this machine reaches, where --listen is"
            f" {file.listen}; expected where others reach this node, or the same for --listen"
        )


def _is_safe(node: NodeDirectory, file: NodeFile) -> bool:
    """Whether it runs without `--insecure`."""
    try:
        door_of(node.file_path, file)
    except ConfigError:
        return False
    return True
