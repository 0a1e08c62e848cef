"""The command `overlay`: its subcommands, loaded when used, and what its exit codes mean.

0 ok, 1 failure, 2 usage, 3 refused, 4 unreachable, 5 partly delivered; and as
shells have it 130 for Ctrl-C, 143 for SIGTERM.
"""

import os
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Final, NamedTuple

import click

from overlay.cli.failing import FAILED, INTERRUPTED, exit_code, explain, is_closed_pipe, only_error
from overlay.cli.output import leave_streams, prepare_streams, say


class _Place(NamedTuple):
    """Where a subcommand is, and what the list says of it."""

    module: str
    attribute: str
    words: str


_COMMANDS: Final = {
    "chat": _Place("chat", "command", "Chat in this terminal, or from a script."),
    "send": _Place("send", "command", "Send a message and see it delivered."),
    "listen": _Place("listen", "command", "Print messages as they arrive."),
    "who": _Place("who", "command", "List who is online."),
    "node": _Place("node", "group", "Make and run a node."),
    "network": _Place("network", "group", "Make what the nodes of a network have in common."),
    "status": _Place("status", "command", "Show what a running node says of itself."),
    "doctor": _Place("doctor", "command", "Find out why a node cannot be reached."),
    "up": _Place("local", "up", "Run an overlay of several nodes on this machine."),
    "demo": _Place("demo", "demo", "Show an overlay at work on this machine."),
    "completion": _Place("completion", "command", "Print the completion script for a shell."),
}


class _LazyGroup(click.Group):
    """Knows its subcommands by name and imports one only when it is used."""

    def list_commands(self, context: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        place = _COMMANDS.get(name)
        if place is None:
            return None
        command = getattr(import_module(f"overlay.cli.{place.module}"), place.attribute)
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        # The usual way would import every one of them for its first line.
        with formatter.section("Commands"):
            formatter.write_dl([(name, place.words) for name, place in _COMMANDS.items()])


@click.command(
    "overlay",
    cls=_LazyGroup,
    # From these names it suggests one for what was mistyped, as every group does.
    commands={name: click.Command(name, help=place.words) for name, place in _COMMANDS.items()},
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(package_name="overlay", message="%(version)s")
@click.pass_context
def group(context: click.Context) -> None:
    """A chat overlay that no one can switch off.

    Nodes federate; people attach to any of them, and messages are signed and
    sealed. `overlay demo` shows it on this machine.
    """
    if os.environ.get("NO_COLOR"):
        context.color = False


def main(arguments: Sequence[str] | None = None) -> None:
    """The command's entry point: ends the process with one of the exit codes above."""
    sys.exit(run(sys.argv[1:] if arguments is None else arguments))


def run(arguments: Sequence[str]) -> int:
    """Run one command; returns its exit code. Foreseeable failures become one line on stderr."""
    prepare_streams()
    try:
        result = group.main(list(arguments), prog_name="overlay", standalone_mode=False)
        return result if isinstance(result, int) else 0
    except click.Abort:
        return INTERRUPTED
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (Exception, BaseExceptionGroup) as error:
        if is_closed_pipe(error):
            leave_streams()
            return FAILED
        expected = only_error(error)
        if expected is None:
            raise
        for line in explain(expected):
            say(line)
        return exit_code(expected)
