"""A few numbers as one line of blocks."""

from collections.abc import Sequence
from typing import Final

_BLOCKS: Final = "▁▂▃▄▅▆▇█"
_MARKS: Final = "_.-=+*%#"
"""The same for terminals that have no blocks."""


def sparkline(
    values: Sequence[float | None], width: int, *, full: float, has_blocks: bool = True
) -> str:
    """The last `width` values, the newest at the end; a space where there was none.

    The tallest block stands for the largest of these, or for `full` if they
    are all smaller: what is small is not to look dramatic.
    """
    shown = list(values[-width:])
    known = [value for value in shown if value is not None]
    top = max([full, *known])
    blocks = _BLOCKS if has_blocks else _MARKS
    return "".join(
        " " if value is None else blocks[round(value / top * (len(blocks) - 1))] for value in shown
    ).rjust(width)
