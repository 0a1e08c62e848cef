"""`overlay chat`: a chat in lines, for a person at a terminal or for a script."""

import os
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from overlay.cli.options import (
    DEFAULT_PORT,
    Reach,
    name_option,
    node_options,
    open_identity,
    reach_of,
)
from overlay.cli.setup_file import host_and_port
from overlay.errors import UsageError

if TYPE_CHECKING:
    from overlay.sdk import Identity


@click.command("chat")
@node_options
@click.option("--host", help="The node's host, instead of --node.")
@click.option(
    "--port", type=click.IntRange(1, 65_535), help=f"Its port; {DEFAULT_PORT} if not said."
)
@name_option("--nick", words="Who you are; the identity is made if it is not there.")
@click.option("--json", "as_json", is_flag=True, help="Show everything as JSON lines.")
@click.option(
    "--timeout",
    type=click.FloatRange(min=0),
    default=30.0,
    show_default=True,
    metavar="SECONDS",
    help="Without a terminal: how long to wait in the end until all is delivered.",
)
def command(
    nodes: tuple[str, ...],
    setup: Path | None,
    is_insecure: bool,
    host: str | None,
    port: int | None,
    name: str | None,
    as_json: bool,
    timeout: float,
) -> int:
    """Chat: see who is there, write to people, talk in channels. /help lists the commands.

    Without a terminal the commands are read from standard input, line by line;
    at its end the chat waits until what was sent is delivered, and ends with 0
    if it was, 1 if nothing was, 5 if some was, or the code of the first error.
    """
    from overlay.cli.running import run_async

    reach = reach_of(_with_host(nodes, host, port), setup, is_insecure)
    with open_identity(name) as identity:
        return run_async(partial(_chat, reach, identity, as_json, timeout))


def _with_host(nodes: tuple[str, ...], host: str | None, port: int | None) -> tuple[str, ...]:
    if host is None and port is None:
        return nodes
    if nodes:
        raise UsageError("--host and --port stand for --node: give one or the other")
    return (host_and_port(host or "127.0.0.1", port or DEFAULT_PORT),)


async def _chat(reach: Reach, identity: "Identity", as_json: bool, patience_seconds: float) -> int:
    from overlay.cli.chat_input import TypedLines, read_lines
    from overlay.cli.chat_screen import JsonScreen, WordsScreen
    from overlay.cli.chat_session import Chat
    from overlay.cli.running import tell_detour

    async with reach.connect(identity) as client:
        tell_detour(client, reach)
        where = f"You are {identity.name} ({identity.account}) at {client.status.address}."
        if as_json or not _is_terminal():
            screen = JsonScreen() if as_json else WordsScreen(None, has_marks=_has_marks())
            screen.note(where)
            chat = Chat(client, screen, is_patient=True)
            return await chat.run(read_lines(), patience_seconds)
        typed = TypedLines(lambda: chat.prompt)
        chat = Chat(client, WordsScreen(typed.aside, has_marks=_has_marks()), is_patient=False)
        with typed.at_terminal():
            click.echo(f"{where} /help lists the commands.")
            return await chat.run(typed.lines(), patience_seconds)


def _is_terminal() -> bool:
    if sys.stdin is None or sys.stdout is None or os.environ.get("TERM") == "dumb":
        return False
    return sys.stdin.isatty() and sys.stdout.isatty()


def _has_marks() -> bool:
    try:
        "✓→●".encode(getattr(sys.stdout, "encoding", None) or "ascii")
    except UnicodeEncodeError:
        return False
    return True
