"""Options that several commands have."""

import click

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


class _Seeds(click.ParamType[range]):
    """A..B, both included, or one seed alone."""

    name = "A..B"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> range:
        one, dots, last = str(value).partition("..")
        try:
            seeds = range(int(one), int(last if dots else one) + 1)
        except ValueError:
            self.fail(f"{value!r} is no range of seeds: say --seeds 1..100", param, ctx)
        if not 0 < len(seeds) <= SEEDS_MAX:
            self.fail(
                f"{value!r} has {len(seeds)} seeds: the first must not be above the last,"
                f" and there may be {SEEDS_MAX} at most",
                param,
                ctx,
            )
        return seeds


SEEDS = _Seeds()
