"""`overlay node`: makes a node, runs it, and tells it what its operator wants."""

from typing import Final

import click

from overlay.cli.lazy import Later, LazyGroup

_COMMANDS: Final[dict[str, click.Command]] = {
    "init": Later("node_init", "init", "Make a node: a key of its own, and its neighbours file."),
    "run": Later("node_run", "run", "Run a node until SIGTERM or Ctrl-C."),
    "check": Later("node_check", "check_directory", "Look at a node before it is run."),
    "limits": Later("limiting", "limits_command", "Show what one client may do, or change it."),
    "ban": Later("limiting", "ban", "Have no link with somebody."),
    "unban": Later("limiting", "unban", "Let somebody in again."),
    "request": Later("certificates", "request", "Ask a network's authority for a certificate."),
    "certificate": Later("certificates", "certificate", "Take a certificate that was signed."),
    "accept-key": Later("node_orders", "accept_key", "Accept a neighbour's other key."),
    "keep-apart": Later("node_orders", "keep_apart", "Have no link with a node for a while."),
    "reload": Later("node_orders", "reload", "Have a running node read its files again."),
    "stop": Later("node_orders", "stop", "Stop a running node."),
}


@click.command("node", cls=LazyGroup, commands=_COMMANDS)
def group() -> None:
    """Make and run a node."""
