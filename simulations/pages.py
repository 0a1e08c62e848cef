"""Tables on pages: what stands between two comments is written anew."""

from collections.abc import Sequence
from pathlib import Path

from simulations.encoding import Unreadable


def check_place(page: Path, what: str) -> None:
    """Find out before hours of work whether a page has a place for a table.

    Raises what `write_into` would raise for the page as it is.
    """
    _around(page, what)
    with page.open("r+"):
        pass


def write_into(page: Path, what: str, text: str) -> None:
    """Put a table in its place on a page, which is marked by two comments that name it.

    Raises Unreadable where it has none, and OSError.
    """
    before, after = _around(page, what)
    page.write_text(f"{before}\n\n{text}\n\n{after}", encoding="utf-8")


def _around(page: Path, what: str) -> tuple[str, str]:
    """What stands on a page up to a place, and from there on, with the comments that mark it."""
    opening, closing = f"<!-- {what}: begin -->", f"<!-- {what}: end -->"
    before, begin, rest = page.read_text(encoding="utf-8").partition(opening)
    _, end, after = rest.partition(closing)
    if not begin or not end:
        raise Unreadable(f"{page} has no place for it between {opening} and {closing}")
    return before + opening, closing + after


def block(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table in Markdown; nothing where it has no rows."""
    if not rows:
        return ""
    lines = [titles, ["---"] * len(titles), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
