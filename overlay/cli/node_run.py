"""`overlay node run`: a node as a process, until a signal says that it is over."""

import gc
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from pathlib import Path

import click
import trio

from overlay.cli.options import DIRECTORY
from overlay.errors import ConfigError
from overlay.nodes.running import NodeFact, running_node
from overlay.runtime.reports import Reports

_INSECURE = (
    "INSECURE: links to and from other machines go without TLS. Everybody on the way reads"
    " who writes to whom, and when."
)


@click.command("run")
@DIRECTORY
@click.option("--json", "as_json", is_flag=True, help="Log as JSON lines.")
@click.option("--verbose", is_flag=True, help="Log every record and envelope, too.")
@click.option("--while-input", is_flag=True, help="Stop when standard input ends.")
@click.option(
    "--insecure",
    "is_insecure",
    is_flag=True,
    help="Let links to and from other machines go without TLS. For labs only.",
)
def run(
    directory: Path, as_json: bool, verbose: bool, while_input: bool, is_insecure: bool
) -> None:
    """Run the node of DIRECTORY until SIGTERM or Ctrl-C. SIGHUP reads its file again."""
    reports = Reports(sys.stderr, as_json=as_json, least_level="debug" if verbose else "info")
    if is_insecure:
        _tell(_INSECURE, is_error=True)
    trio.run(_run, directory, reports, while_input, is_insecure)


async def _run(directory: Path, reports: Reports, while_input: bool, is_insecure: bool) -> None:
    """Run the node until it is told to stop, be it that it has not even started."""
    with (
        trio.open_signal_receiver(signal.SIGTERM, signal.SIGINT) as ends,
        trio.open_signal_receiver(signal.SIGHUP) as hangups,
    ):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(_watch_ends, ends, nursery.cancel_scope)
            if while_input:
                nursery.start_soon(_watch_input, nursery.cancel_scope)
            await _serve(directory, reports, hangups, is_insecure)
            nursery.cancel_scope.cancel()


async def _serve(
    directory: Path, reports: Reports, hangups: AsyncIterator[int], is_insecure: bool
) -> None:
    def report(fact: NodeFact) -> None:
        # A log that nobody takes any more, or a full disk under it, must not end the node.
        with suppress(OSError):
            reports(fact)

    async with running_node(directory, report, allows_plain=is_insecure) as node:
        for ignored in node.file.ignored:
            _tell(f"{directory}: ignored {ignored}", is_error=True)
        # What a node is made of stays. While that is looked through for garbage again and again,
        # 500 clients that attach cost a sixth more.
        gc.freeze()
        _tell(json.dumps({"address": node.address, "name": node.file.name}))
        async with trio.open_nursery() as nursery:
            nursery.start_soon(_reload_on, hangups, node.reload)
            await node.stopped.wait()
            nursery.cancel_scope.cancel()


async def _watch_ends(ends: AsyncIterator[int], node: trio.CancelScope) -> None:
    await anext(ends)
    node.cancel()


async def _reload_on(hangups: AsyncIterator[int], reload: Callable[[], None]) -> None:
    async for _ in hangups:
        try:
            reload()
        except ConfigError as error:
            _tell(f"The old neighbours file stays in force: {error}", is_error=True)


def _tell(words: str, *, is_error: bool = False) -> None:
    with suppress(OSError):
        click.echo(words, err=is_error)


async def _watch_input(node: trio.CancelScope) -> None:
    """Whoever started us holds the other end, and may die without a word."""
    async with trio.lowlevel.FdStream(os.dup(sys.stdin.fileno())) as standard_input:
        while await standard_input.receive_some(4_096):
            pass
    node.cancel()
