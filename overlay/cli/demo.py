"""`overlay demo`: five nodes, two people talking, and how to join in."""

import json
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Final

import click
import trio

from overlay.cli.check import go_round
from overlay.cli.local import chosen_directory, nodes_table, print_wide
from overlay.cli.observing import Inbox, Observation, attached
from overlay.cli.output import put
from overlay.cli.running import run_async
from overlay.errors import ConfigError, OverlayError, StoreError, UsageError
from overlay.nodes.local import LocalOverlay, local_overlay
from overlay.nodes.local_map import LocalMap, local_map
from overlay.nodes.shapes import SHAPES
from overlay.sdk.errors import IdentityInUse
from overlay.sdk.identity import Identity, identities_home

_CHANNEL: Final = "town"
_PAUSE_SECONDS: Final = 1.5
_LINES: Final = (
    ("alice", "bob", "Which node are you attached to?"),
    ("bob", "alice", "One that is two hops from yours. It passes this on and cannot read it."),
    ("alice", "bob", "And if it is switched off?"),
    ("bob", "alice", "Then I go on at the next one. Try it: kill the process of my node."),
)


class _CheckFailed(OverlayError):
    """Something that the round looked for was not seen, or too late."""


@click.command("demo")
@click.option("--check", "is_check", is_flag=True, help="Go the round by itself; exit 0 or 1.")
@click.option("--nodes", "count", type=click.IntRange(3, 64), default=5, show_default=True)
@click.option("--shape", type=click.Choice(sorted(SHAPES)), default="demo", show_default=True)
@click.option("--json", "as_json", is_flag=True, help="With --check: what was seen, as JSON.")
@click.option("--dir", "directory", type=click.Path(path_type=Path, file_okay=False))
def demo(is_check: bool, count: int, shape: str, as_json: bool, directory: Path | None) -> None:
    """Run nodes on this machine with two people talking, to be watched and joined."""
    if as_json and not is_check:
        raise UsageError("--json is for --check, which ends and says what it saw: give both")
    with chosen_directory(directory) as place:
        if is_check:
            code = run_async(partial(_check, count, shape, place, as_json))
            if code:
                sys.exit(code)
        else:
            trio.run(_demo, count, shape, place)


async def _check(count: int, shape: str, directory: Path, as_json: bool) -> int:
    with _json_list() if as_json else _lines() as tell:
        observations = await go_round(count, shape, directory, tell)
    if not all(observation.holds for observation in observations):
        raise _CheckFailed("not everything that was looked for was seen in time")
    return 0


@contextmanager
def _json_list() -> Iterator[Callable[[Observation], None]]:
    """One JSON list, a line for each observation; it ends as such where the round breaks off."""
    before = "["

    def tell(observation: Observation) -> None:
        nonlocal before
        click.echo(before + json.dumps(_fields(observation)), nl=False)
        before = ",\n "

    try:
        yield tell
    finally:
        click.echo("[]" if before == "[" else "]")


def _fields(observation: Observation) -> dict[str, object]:
    return {
        "what": observation.what,
        "seconds": observation.seconds,
        "bar_seconds": observation.bar_seconds,
        "note": observation.note,
        "is_seen": observation.is_seen,
        "holds": observation.holds,
    }


@contextmanager
def _lines() -> Iterator[Callable[[Observation], None]]:
    put("holds  seconds  at most  what was seen")
    yield _tell_line


def _tell_line(observation: Observation) -> None:
    seconds, bar = observation.seconds, observation.bar_seconds
    note = f" ({observation.note})" if observation.note else ""
    put(
        f"{'yes' if observation.holds else 'NO':5}"
        f"  {f'{seconds:.3f}' if seconds is not None else '-':>7}"
        f"  {f'{bar:.1f}' if bar is not None else '-':>7}"
        f"  {observation.what}{note}"
    )


async def _demo(count: int, shape: str, directory: Path) -> None:
    with trio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as signals:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(_perform, count, shape, directory)
            async for _ in signals:
                nursery.cancel_scope.cancel()
                return


async def _perform(count: int, shape: str, directory: Path) -> None:
    async with local_overlay(count, shape, directory) as local:
        await local.wait_converged()
        print_wide(await nodes_table(local))
        places = {"alice": local.nodes[1], "bob": local.nodes[-1]}
        async with (
            attached(_person("alice"), places["alice"]) as alice,
            attached(_person("bob"), places["bob"]) as bob,
            local_map(local) as shown,
            trio.open_nursery() as nursery,
        ):
            inboxes = {"alice": alice, "bob": bob}
            for inbox in inboxes.values():
                await inbox.wait_online(set(inboxes))
                await inbox.client.join(_CHANNEL)
            _tell_how_to_join(local, shown)
            for name in inboxes:
                nursery.start_soon(_tell_moves, name, inboxes[name])
            await _talk(inboxes)
            await trio.sleep_forever()


def _person(name: str) -> Identity:
    """The same person in each demo: whoever has met bob in one finds no second bob in the next.

    While another demo runs, or where no file can be kept, it is somebody new.
    """
    try:
        return Identity.open_or_create(name, identities_home().parent / "demo")
    except (ConfigError, IdentityInUse, StoreError):
        return Identity.temporary(name)


async def _talk(inboxes: dict[str, Inbox]) -> None:
    for sender, receiver, text in _LINES:
        start = trio.current_time()
        handle = await inboxes[sender].client.send(receiver, text)
        await handle.delivered()
        milliseconds = (trio.current_time() - start) * 1_000
        click.echo(f"{sender} → {receiver}: {text}  (delivered in {milliseconds:.0f} ms)")
        await trio.sleep(_PAUSE_SECONDS)


async def _tell_moves(name: str, inbox: Inbox) -> None:
    """Say where a scripted person is attached, whenever that changes; answer who writes."""
    async with trio.open_nursery() as nursery:
        nursery.start_soon(_answer, name, inbox)
        before = inbox.client.status.address
        while True:
            await inbox.wait_any()
            address = inbox.client.status.address
            if address is not None and address != before:
                click.echo(f"{name} goes on at {address}")
                before = address


async def _answer(name: str, inbox: Inbox) -> None:
    answered = 0
    while True:
        for _, message in inbox.messages[answered:]:
            answered += 1
            if message.name in ("alice", "bob") or message.is_own:
                continue
            where = f"#{message.channel} " if message.channel else ""
            click.echo(f"{where}{message.name} → {name}: {message.text}")
            if message.channel is None:
                await inbox.client.send(message.person, f"{name} has read: {message.text}")
        await inbox.wait_any()


def _tell_how_to_join(local: LocalOverlay, shown: LocalMap) -> None:
    first, second = local.nodes[0], local.nodes[2]
    bob_at = local.nodes[-1]
    process = bob_at.process.pid if bob_at.process is not None else ""
    click.echo(f"""
The page:        http://{first.endpoint}/
The map:         {shown.address_with_token}
                 kill, pause, revive nodes and cut links there, and watch the overlay heal
Another terminal (from this directory, `. .venv/bin/activate` first):
  overlay chat --node {second.endpoint} --name you
      and there: /to bob hello   /join {_CHANNEL}   /msg hello   /people   /quit
  overlay who --node {first.endpoint}
  overlay send --node {second.endpoint} --name you --to alice "hello"
  overlay status {first.endpoint}
  kill -9 {process}                  bob's node dies; only he moves, and is back in a moment
Ctrl-C ends it all.
""")
