"""`overlay node`: make a node, run it, speak to it while it runs."""

import gc
import json
import os
import shutil
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from pathlib import Path

import click
import trio

from overlay import limits
from overlay.cli import certificates, limiting
from overlay.cli.asking import ask
from overlay.cli.failing import FAILED
from overlay.cli.options import DIRECTORY
from overlay.config import NodeFile, address_of, read_node_file
from overlay.core.settings import Neighbour
from overlay.errors import ConfigError, UsageError
from overlay.messages.ids import Address
from overlay.nodes.checking import check
from overlay.nodes.directory import NodeDirectory, check_runnable
from overlay.nodes.running import NodeFact, running_node
from overlay.runtime.reports import Reports

_INSECURE = (
    "INSECURE: links to and from other machines go without TLS. Everybody on the way reads"
    " who writes to whom, and when."
)


@click.group("node")
def group() -> None:
    """Make and run a node."""


@group.command("init")
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
                address=_address(address) if address is not None else None,
                neighbours=tuple(Neighbour(address=_address(at), id=None) for at in neighbours),
                extra_links=limits.EXTRA_LINKS if extra_links is None else extra_links,
            )
        )
    click.echo(key.id)
    click.echo(f"Made {node.file_path}. Run it with: overlay node run {directory}", err=True)


@group.command("run")
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


@group.command("check")
@DIRECTORY
@click.option("--insecure", "is_insecure", is_flag=True, help="As it would be run.")
def check_directory(directory: Path, is_insecure: bool) -> int:
    """Look at DIRECTORY before its node is run: file, key, certificate, database, port.

    Ends with 1 if something keeps the node from starting; it starts in spite of warnings.
    """
    findings = check(directory, allows_plain=is_insecure)
    for finding in findings:
        verdict = finding.verdict.upper() if finding.verdict == "wrong" else finding.verdict
        click.echo(f"{verdict:<8} {finding.what:<16} {finding.found}")
    return FAILED if any(finding.verdict == "wrong" for finding in findings) else 0


@group.command("accept-key")
@DIRECTORY
@click.argument("address")
def accept_key(directory: Path, address: str) -> None:
    """Accept the key that answers at a neighbour's ADDRESS now, instead of the pinned one."""
    _command(directory, command="accept-key", address=_address(address))


@group.command("keep-apart")
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


@group.command("reload")
@DIRECTORY
def reload(directory: Path) -> None:
    """Have the running node read its neighbours file again."""
    _command(directory, command="reload")


@group.command("stop")
@DIRECTORY
def stop(directory: Path) -> None:
    """Stop the running node."""
    _command(directory, command="stop")


group.add_command(certificates.request)
group.add_command(certificates.certificate)
group.add_command(limiting.limits_command)
group.add_command(limiting.ban)
group.add_command(limiting.unban)


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


def _command(directory: Path, **request: object) -> None:
    detail = str(ask(directory, **request).get("detail", ""))
    if detail:
        click.echo(detail, err=True)


def _address(text: str) -> Address:
    return Address(text) if "://" in text else address_of(text)
