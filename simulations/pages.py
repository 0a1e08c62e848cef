"""Tables on pages: what stands between two comments is written anew."""

from collections.abc import Sequence
from pathlib import Path

from simulations.encoding import Unreadable


def write_into(page: Path, what: str, text: str) -> None:
    """Put a table in its place on a page, which is marked by two comments that name it.

    Raises Unreadable where it has none, and OSError.
    """
    opening, closing = f"<!-- {what}: begin -->", f"<!-- {what}: end -->"
    before, begin, rest = page.read_text(encoding="utf-8").partition(opening)
    _, end, after = rest.partition(closing)
    if not begin or not end:
        raise Unreadable(f"{page} has no place for it between {opening} and {closing}")
    page.write_text(f"{before}{opening}\n\n{text}\n\n{closing}{after}", encoding="utf-8")


def block(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table in Markdown; nothing where it has no rows."""
    if not rows:
        return ""
    lines = [titles, ["---"] * len(titles), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
