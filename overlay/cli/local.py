"""`overlay up`: an overlay of real node processes on this machine, with a live table."""

import signal
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
import trio
from rich.console import Console
from rich.live import Live
from rich.table import Table

from overlay.errors import ConfigError
from overlay.nodes.local import LocalNode, LocalOverlay, local_overlay
from overlay.nodes.shapes import SHAPES

_REFRESH_SECONDS = 0.5
_WIDTH_WITHOUT_TERMINAL = 120


@click.command("up")
@click.argument("count", type=click.IntRange(1, 64))
@click.option("--shape", type=click.Choice(sorted(SHAPES)), default="ring", show_default=True)
@click.option(
    "--dir",
    "directory",
    type=click.Path(path_type=Path, file_okay=False),
    help="Keep the nodes here; without it they are gone at the end.",
)
def up(count: int, shape: str, directory: Path | None) -> None:
    """Run COUNT nodes that federate; Ctrl-C ends them all."""
    with chosen_directory(directory) as place:
        trio.run(_up, count, shape, place)


@contextmanager
def chosen_directory(directory: Path | None) -> Iterator[Path]:
    """The directory asked for, or one that is gone afterwards. Raises: `ConfigError`."""
    if directory is not None:
        _make(directory)
        yield directory
        return
    with tempfile.TemporaryDirectory(prefix="overlay-") as made:
        yield Path(made)


def _make(directory: Path) -> None:
    try:
        directory.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        found = error.strerror or str(error)
        raise ConfigError(str(directory), found, "a directory that we may make") from None


async def _up(count: int, shape: str, directory: Path) -> None:
    with trio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as signals:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(_serve, count, shape, directory)
            async for _ in signals:
                nursery.cancel_scope.cancel()
                return


async def _serve(count: int, shape: str, directory: Path) -> None:
    async with local_overlay(count, shape, directory) as overlay:
        click.echo(f"{count} nodes in the shape {shape!r}, in {directory}", err=True)
        console = Console()
        if console.is_terminal:
            await _show_live(overlay, console)
        else:
            await _show_changes(overlay)


async def _show_live(overlay: LocalOverlay, console: Console) -> None:
    with Live(console=console, auto_refresh=False) as live:
        while True:
            live.update(await nodes_table(overlay), refresh=True)
            await trio.sleep(_REFRESH_SECONDS)


async def _show_changes(overlay: LocalOverlay) -> None:
    """Without a terminal: a line for each node whenever it changes."""
    shown: dict[str, tuple[str, ...]] = {}
    while True:
        for node in overlay.nodes:
            row = await _row(overlay, node)
            if shown.get(node.name) != row:
                shown[node.name] = row
                click.echo("  ".join(row))
        await trio.sleep(_REFRESH_SECONDS)


def print_wide(table: Table) -> None:
    """Print a table; where no terminal sets a width, none of its words is cut."""
    console = Console()
    if not console.is_terminal:
        console = Console(width=_WIDTH_WITHOUT_TERMINAL)
    console.print(table)


async def nodes_table(overlay: LocalOverlay) -> Table:
    """What each node says of itself now."""
    table = Table("node", "page and address", "process", "links", "alive", "clients")
    for node in overlay.nodes:
        table.add_row(*await _row(overlay, node))
    return table


async def _row(overlay: LocalOverlay, node: LocalNode) -> tuple[str, ...]:
    status = await overlay.status(node) if node.is_running else None
    page = f"http://{node.endpoint}/"
    if status is None:
        return node.name, page, "gone" if not node.is_running else "silent", "", "", ""
    links, members = status["links"], status["members"]
    assert isinstance(links, list)
    assert isinstance(members, list)
    names = sorted(str(link["name"] or link["id"][:8]) for link in links)
    alive = sum(member["is_alive"] for member in members)
    process = node.process.pid if node.process is not None else ""
    return (
        node.name,
        page,
        f"pid {process}",
        " ".join(names),
        f"{alive} of {len(members)}",
        str(status["clients_here"]),
    )
