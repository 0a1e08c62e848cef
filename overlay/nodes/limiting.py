"""Changes the limits that a node's neighbours file names, and nothing else in it."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from overlay.config import read_node_file
from overlay.core.settings import SHARES, Share
from overlay.errors import ConfigError
from overlay.storage.private import replace_file
from overlay.structures.rates import read_rate

USUAL: Final = "usual"
"""In place of a rate: what a node without any such line goes by."""


def change_limits(path: Path, changes: Mapping[str, str]) -> None:
    """Have the file say so from now on: `changes` holds rates, or `USUAL`, by the names of limits.

    Raises `ConfigError` for a limit that there is not, for what is no rate, and for
    a file that cannot be read or written, or is of the older form; then it is as it was.
    """
    file = read_node_file(path)
    limits = {share.written: str(rate) for share, rate in file.shares.items()}
    for name, text in changes.items():
        share = _share(name)
        if text == USUAL:
            limits.pop(name, None)
            continue
        now = file.shares.get(share, SHARES[share])
        try:
            limits[name] = str(read_rate(text, now.at_once))
        except ValueError as error:
            raise ConfigError(f"limit {name}", text[:80], f"{error}, or {USUAL}") from None
    _write(path, limits)


def _share(name: str) -> Share:
    found = next((share for share in Share if share.written == name), None)
    if found is None:
        names = ", ".join(share.written for share in Share)
        raise ConfigError(f"limit {name[:80]}", "no such limit", f"one of {names}")
    return found


def _write(path: Path, limits: Mapping[str, str]) -> None:
    # As it is written, in the operator's order, and without what they have left out.
    content = json.loads(path.read_text(encoding="utf-8"))
    if "mailing_address" in content:
        expected = "one that `overlay node init` wrote: the older form has no place for limits"
        raise ConfigError(str(path), "an older neighbours file", expected)
    content.pop("limits", None)
    if limits:
        content["limits"] = dict(limits)
    text = json.dumps(content, indent=2, ensure_ascii=False) + "\n"
    try:
        place = path.resolve()
        replace_file(place, text.encode(), mode=place.stat().st_mode & 0o777)
    except OSError as error:
        found = error.strerror or str(error)
        raise ConfigError(str(path), found, "a file we may write") from None
