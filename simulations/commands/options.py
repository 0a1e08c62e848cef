"""Options that several commands have."""

from collections.abc import Sequence
from itertools import chain

import click

from simulations.ledger import ranges_in

MINUTE_MS = 60_000
SEEDS_MAX = 1_000_000

nodes_option = click.option("--nodes", type=click.IntRange(1, 10_000), help="How many nodes.")
minutes_option = click.option(
    "--minutes",
    type=click.FloatRange(0, 1_440, min_open=True),
    help="How long the storm or the talk is.",
)


def length_ms(minutes: float | None) -> int | None:
    """What was asked for, in milliseconds."""
    return None if minutes is None else max(round(minutes * MINUTE_MS), 1)


class _Seeds(click.ParamType[Sequence[int]]):
    """A..B, both included, or one seed alone, or several of these with commas between them."""

    name = "A..B"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> Sequence[int]:
        try:
            parts = [range(first, last + 1) for first, last in ranges_in(str(value))]
        except ValueError:
            self.fail(f"{value!r} is no range of seeds: say --seeds 1..100", param, ctx)
        count = sum(len(part) for part in parts)
        if not all(parts) or count > SEEDS_MAX:
            self.fail(
                f"{value!r} has {count} seeds: the first must not be above the last,"
                f" and there may be {SEEDS_MAX} at most",
                param,
                ctx,
            )
        return list(chain.from_iterable(parts))


SEEDS = _Seeds()
