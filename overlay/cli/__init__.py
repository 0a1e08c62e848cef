"""The command `overlay`: its subcommands, loaded when used, and what its exit codes mean.

0 ok, 1 failure, 2 usage, 3 refused, 4 unreachable, 5 partly delivered; and as
shells have it 130 for Ctrl-C, 143 for SIGTERM. `node run` ends with 2 for a wrong file, too.
"""

import os
import sys
from collections.abc import Sequence
from typing import Final

import click

from overlay.cli.failing import FAILED, INTERRUPTED, exit_code, explain, is_closed_pipe, only_error
from overlay.cli.lazy import Later, LazyGroup
from overlay.cli.output import leave_streams, prepare_streams, say

_COMMANDS: Final[dict[str, click.Command]] = {
    "chat": Later("chat", "command", "Chat in this terminal, or from a script."),
    "send": Later("send", "command", "Send a message and see it delivered."),
    "listen": Later("listen", "command", "Print messages as they arrive."),
    "who": Later("who", "command", "List who is online."),
    "node": Later("node", "group", "Make and run a node."),
    "network": Later("network", "group", "Make what the nodes of a network have in common."),
    "status": Later("status", "command", "Show what a running node says of itself."),
    "doctor": Later("doctor", "command", "Find out why a node cannot be reached."),
    "up": Later("local", "up", "Run an overlay of several nodes on this machine."),
    "demo": Later("demo", "demo", "Show an overlay at work on this machine."),
    "completion": Later("completion", "command", "Print the completion script for a shell."),
}


@click.command(
    "overlay",
    cls=LazyGroup,
    commands=_COMMANDS,
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
