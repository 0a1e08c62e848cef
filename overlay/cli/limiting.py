"""`overlay node limits`, `ban` and `unban`: what a node lets peers have, and whom it keeps away."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import click

from overlay import limits
from overlay.cli.asking import ask
from overlay.cli.options import DIRECTORY, TakesId
from overlay.cli.output import put, put_json, put_table, say
from overlay.core.settings import Share
from overlay.crypto.encoding import is_id
from overlay.errors import UsageError
from overlay.nodes.limiting import USUAL
from overlay.structures.hosts import network_of
from overlay.structures.rates import read_rate

_UNITS: Final = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}
_WHILE: Final = re.compile(r"(?:[0-9]{1,6}[smhd])+")

Fields = Mapping[str, object]


@click.command("limits")
@DIRECTORY
@click.argument("changes", nargs=-1, metavar="[NAME=RATE[:BURST]]...")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON document.")
def limits_command(directory: Path, changes: tuple[str, ...], as_json: bool) -> None:
    """Show what the node of DIRECTORY lets peers have, who uses most of it, and who is banned.

    With NAME=RATE it has another limit at once, and in its file: messages=100/s:5000 is 100
    a second and 5,000 in one go, attaches=12/m 12 a minute, messages=usual the usual one.
    """
    wanted = dict(_change(text) for text in changes)
    if wanted:
        ask(directory, command="set-limits", limits=wanted)
    told = _limits_of(directory)
    if as_json:
        put_json(told)
        return
    shares = _dicts(told["shares"])
    put_table([_HEADING, *(_row(share) for share in shares)])
    _show_top(shares)
    _show_bans(_dicts(told["bans"]))


@click.command("ban", cls=TakesId)
@DIRECTORY
@click.argument("who", required=False)
@click.option(
    "--for", "lasting", metavar="2h", help="For how long: 90s, 30m, 2h, 7d. Else for good."
)
@click.option("--reason", default="", help="What they are told.")
@click.option("--json", "as_json", is_flag=True, help="Without WHO: print a JSON document.")
def ban(directory: Path, who: str | None, lasting: str | None, reason: str, as_json: bool) -> None:
    """Have no link with WHO: the id of an account, a client or a node, an address or a network.

    Their links are closed, and new ones refused, also after a restart. Without WHO: who is banned.
    """
    if who is None:
        if lasting is not None or reason:
            raise UsageError("say who is to be banned")
        bans = _dicts(_limits_of(directory)["bans"])
        put_json(bans) if as_json else _show_bans(bans, is_alone=True)
        return
    if len(reason) > limits.BAN_REASON_CHARACTERS_MAX:
        raise UsageError(f"a reason has at most {limits.BAN_REASON_CHARACTERS_MAX} characters")
    seconds = _seconds(lasting) if lasting is not None else None
    answer = ask(directory, command="ban", who=_who(who), seconds=seconds, reason=reason)
    until = f", for {lasting}" if lasting is not None else ", until `overlay node unban`"
    say(f"{answer['detail']}{until}")


@click.command("unban", cls=TakesId)
@DIRECTORY
@click.argument("who")
def unban(directory: Path, who: str) -> None:
    """Let WHO come again: as `overlay node ban` names them."""
    say(str(ask(directory, command="unban", who=_who(who))["detail"]))


# What was written.


def _change(text: str) -> tuple[str, str]:
    name, separator, rate = text.partition("=")
    names = [share.written for share in Share]
    if not separator or name not in names:
        raise UsageError(f"{text}: expected NAME=RATE, NAME being one of {', '.join(names)}")
    if rate != USUAL:
        try:
            read_rate(rate, 1)
        except ValueError as error:
            raise UsageError(f"{text}: expected {error}, or {USUAL}") from None
    return name, rate


def _seconds(text: str) -> int:
    parts = re.findall(r"([0-9]+)([smhd])", text) if _WHILE.fullmatch(text) else []
    seconds = sum(int(count) * _UNITS[unit] for count, unit in parts)
    if not 0 < seconds <= limits.BAN_MS_MAX // 1_000:
        raise UsageError(
            f"--for {text}: expected a while such as 90s, 30m, 2h or 7d, up to ten years"
        )
    return seconds


def _who(text: str) -> str:
    if not is_id(text) and network_of(text) is None:
        raise UsageError(
            f"{text}: expected an id of 43 characters, as `overlay who` and `overlay status` print"
            " with --json, or an address or a network such as 192.0.2.7, 192.0.2.0/24 or"
            " 2001:db8::/64"
        )
    return text


# What is shown.

_HEADING: Final = ("limit", "one client", "one account", "one address", "")


def _row(share: Fields) -> tuple[str, ...]:
    name, rate = str(share["limit"]), str(share["rate"])
    note = "" if share["is_usual"] else "set"
    if name == Share.RECORDS.written:
        return (name, f"{rate} of each node", "", "", note)
    times = (
        limits.ATTACHES_OF_ADDRESS if name == Share.ATTACHES.written else limits.SHARES_OF_ADDRESS
    )
    return (name, rate, f"× {limits.SHARES_OF_ACCOUNT}", f"× {times}", note)


def _show_top(shares: Sequence[Fields]) -> None:
    rows = [
        (
            str(share["limit"]),
            str(use["whose"]),
            _named(use),
            f"{_number(use['second']):.1f}/s",
            f"{use['refused']} refused" if use["refused"] else "",
        )
        for share in shares
        for use in _dicts(share["top"])
    ]
    put("")
    if rows:
        put("Who used most in the last ten seconds:")
        put_table(rows)
    else:
        put("Nobody used any of it in the last ten seconds.")


def _show_bans(bans: Sequence[Fields], *, is_alone: bool = False) -> None:
    if not is_alone:
        put("")
    if not bans:
        put("Nobody is banned.")
        return
    put_table(
        [
            ("banned", "for", "reason"),
            *((str(each["who"]), _left(each), str(each["reason"])) for each in bans),
        ]
    )


def _left(each: Fields) -> str:
    left_ms = each["left_ms"]
    if left_ms is None:
        return "good"
    seconds = int(_number(left_ms) / 1_000)
    unit = next((unit for unit in "dhm" if seconds >= 2 * _UNITS[unit]), "s")
    return f"{seconds // _UNITS[unit]}{unit}"


def _named(use: Fields) -> str:
    """Ids whole where nothing else is known: one has to be able to ban them."""
    name = str(use["name"])
    return f"{use['who']} ({name})" if name else str(use["who"])


def _limits_of(directory: Path) -> Fields:
    told = ask(directory, command="limits")["limits"]
    assert isinstance(told, dict)
    return told


def _dicts(value: object) -> list[Fields]:
    assert isinstance(value, list)
    return value


def _number(value: object) -> float:
    assert isinstance(value, int | float)
    return value
