"""`overlay node run`: a node as a process, until a signal says that it is over."""

import gc
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import click
import trio

from overlay.cli.failing import USAGE, exit_code, explain, only_error
from overlay.cli.options import DIRECTORY
from overlay.cli.output import say
from overlay.errors import ConfigError, OverlayError, PortUnavailable
from overlay.nodes.running import running_node
from overlay.runtime.reports import Reports

_INSECURE = (
    "links to and from other machines go without TLS. Everybody on the way reads"
    " who writes to whom, and when."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class WithoutTls:
    """It was run with `--insecure`."""

    level: ClassVar[str] = "warning"
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryIgnored:
    """The neighbours file, of the older form, has something that counts for nothing."""

    level: ClassVar[str] = "warning"
    entry: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeFailed:
    """It cannot run, or cannot go on."""

    level: ClassVar[str] = "error"
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingUnusable:
    """It cannot run with such a file or setting."""

    level: ClassVar[str] = "error"
    where: str
    found: str
    expected: str


class _Log:
    """Standard error: what the node reports, and what is said of its process, for people."""

    def __init__(self, reports: Reports) -> None:
        self._reports = reports

    def report(self, fact: object) -> None:
        """Write a line, if anybody takes it: a full disk under a log must not end the node."""
        with suppress(OSError):
            self._reports(fact)

    def tell(self, fact: object, words: str) -> None:
        """The same of what people read in words of their own."""
        with suppress(OSError):
            click.echo(words, err=True)


class _JsonLog(_Log):
    """The same for programs, which read one JSON object a line and nothing else."""

    def tell(self, fact: object, words: str) -> None:
        self.report(fact)


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
def run(directory: Path, as_json: bool, verbose: bool, while_input: bool, is_insecure: bool) -> int:
    """Run the node of DIRECTORY until SIGTERM or Ctrl-C. SIGHUP reads its file again."""
    reports = Reports(sys.stderr, as_json=as_json, least_level="debug" if verbose else "info")
    log = _JsonLog(reports) if as_json else _Log(reports)
    if is_insecure:
        log.tell(WithoutTls(detail=_INSECURE), f"INSECURE: {_INSECURE}")
    try:
        trio.run(_run, directory, log, while_input, is_insecure)
    except (OverlayError, BaseExceptionGroup) as error:
        expected = only_error(error)
        if not isinstance(expected, OverlayError):
            raise
        if as_json:
            log.report(_failure(expected))
        else:
            for line in explain(expected):
                say(line)
        return _code(expected)
    return 0


async def _run(directory: Path, log: _Log, while_input: bool, is_insecure: bool) -> None:
    """Run the node until it is told to stop, be it that it has not even started."""
    with (
        trio.open_signal_receiver(signal.SIGTERM, signal.SIGINT) as ends,
        trio.open_signal_receiver(signal.SIGHUP) as hangups,
    ):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(_watch_ends, ends, nursery.cancel_scope)
            if while_input:
                nursery.start_soon(_watch_input, nursery.cancel_scope)
            await _serve(directory, log, hangups, is_insecure)
            nursery.cancel_scope.cancel()


async def _serve(
    directory: Path, log: _Log, hangups: AsyncIterator[int], is_insecure: bool
) -> None:
    async with running_node(directory, log.report, allows_plain=is_insecure) as node:
        for ignored in node.file.ignored:
            log.tell(EntryIgnored(entry=ignored), f"{directory}: ignored {ignored}")
        # What a node is made of stays. While that is looked through for garbage again and again,
        # 500 clients that attach cost a sixth more.
        gc.freeze()
        with suppress(OSError):
            click.echo(json.dumps({"address": node.address, "name": node.file.name}))
        async with trio.open_nursery() as nursery:
            nursery.start_soon(_reload_on, hangups, node.reload)
            await node.stopped.wait()
            nursery.cancel_scope.cancel()


async def _watch_ends(ends: AsyncIterator[int], node: trio.CancelScope) -> None:
    await anext(ends)
    node.cancel()


async def _reload_on(hangups: AsyncIterator[int], reload: Callable[[], str]) -> None:
    async for _ in hangups:
        # The log says what came of it.
        with suppress(ConfigError):
            reload()


def _code(error: OverlayError) -> int:
    """Whoever starts nodes again must know what is the same each time: a file that is wrong."""
    is_lasting = isinstance(error, ConfigError) and not isinstance(error, PortUnavailable)
    return USAGE if is_lasting else exit_code(error)


def _failure(error: OverlayError) -> NodeFailed | SettingUnusable:
    if isinstance(error, ConfigError):
        return SettingUnusable(where=error.where, found=error.found, expected=error.expected)
    return NodeFailed(detail=str(error))


async def _watch_input(node: trio.CancelScope) -> None:
    """Whoever started us holds the other end, and may die without a word."""
    async with trio.lowlevel.FdStream(os.dup(sys.stdin.fileno())) as standard_input:
        while await standard_input.receive_some(4_096):
            pass
    node.cancel()
