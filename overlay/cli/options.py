"""Options that several commands share: which node, and who one is."""

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click
from click.shell_completion import CompletionItem

from overlay.cli.setup_file import SETUP_FILE, read_setup
from overlay.crypto.encoding import is_id
from overlay.errors import UsageError

if TYPE_CHECKING:
    from overlay.sdk import Client, Identity

DEFAULT_PORT: Final = 5555
"""Where a client looks for a node when it is told a host alone."""

DIRECTORY: Final = click.argument("directory", type=click.Path(path_type=Path, readable=False))
"""Of a node, or of a network's authority. Whether we may read it is told by what needs it."""

FunctionT = TypeVar("FunctionT", bound=Callable[..., Any])  # what click decorates


class TakesId(click.Command):
    """Takes an id as its last argument: one in 64 begins with a hyphen, as options do."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        ids = [each for each in args if each.startswith("-") and is_id(each)]
        if ids and "--" not in args:
            args = [each for each in args if each not in ids] + ["--", *ids]
        return super().parse_args(ctx, args)


@dataclass(frozen=True, slots=True)
class Reach:
    """The nodes to try, in order, and whether those on other machines may lack TLS."""

    addresses: Sequence[str]
    allows_plain: bool

    def connect(
        self, identity: "Identity", *, watch_people: bool = True
    ) -> AbstractAsyncContextManager["Client"]:
        """As `overlay.sdk.connect`."""
        from overlay.sdk import connect

        return connect(
            self.addresses, identity, watch_people=watch_people, allows_plain=self.allows_plain
        )


def node_options(function: FunctionT) -> FunctionT:
    """`--node`, `--setup` and `--insecure`."""
    node = click.option(
        "--node",
        "nodes",
        multiple=True,
        metavar="ADDRESS",
        help="HOST:PORT, or wss://HOST:PORT/overlay. Repeat for others to try.",
    )
    setup = click.option(
        "--setup",
        type=click.Path(path_type=Path),
        metavar="FILE",
        help=f"A file that names the node instead; without either, {SETUP_FILE} here.",
    )
    insecure = click.option(
        "--insecure",
        "is_insecure",
        is_flag=True,
        help="Speak to nodes on other machines without TLS (ws://), too. For labs only.",
    )
    return node(setup(insecure(function)))


def name_option(*names: str, words: str) -> Callable[[FunctionT], FunctionT]:
    """`--name`: the identity to be; it is made when it is not there."""
    return click.option(
        "--name", *names, "name", metavar="NAME", help=words, shell_complete=_complete_name
    )


def reach_of(nodes: tuple[str, ...], setup: Path | None, is_insecure: bool) -> Reach:
    """The nodes to try. Raises: `UsageError` if none is named, `ConfigError` for a broken file."""
    return Reach(_addresses_of(nodes, setup), is_insecure)


def _addresses_of(nodes: tuple[str, ...], setup: Path | None) -> list[str]:
    if nodes and setup is not None:
        raise UsageError("--setup stands for --node: give one or the other")
    if nodes:
        return list(nodes)
    if setup is not None:
        return [read_setup(setup, DEFAULT_PORT)]
    if Path(SETUP_FILE).exists():
        return [read_setup(Path(SETUP_FILE), DEFAULT_PORT)]
    raise UsageError("which node? Say --node HOST:PORT")


def open_identity(name: str | None) -> "Identity":
    """The identity of that name, made if it is not there. Raises as `Identity.open_or_create`."""
    from overlay.sdk import Identity

    if name is None:
        raise UsageError("who are you? Say --name NAME")
    return Identity.open_or_create(name)


def _complete_name(
    context: click.Context, parameter: click.Parameter, begun: str
) -> list[CompletionItem]:
    from overlay.sdk.identity import identities_home, identity_names

    names = identity_names(identities_home())
    return [CompletionItem(name) for name in names if name.startswith(begun)]
