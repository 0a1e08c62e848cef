"""How long things take, as values: each draws whole milliseconds from a generator."""

from dataclasses import dataclass
from math import exp
from random import Random


@dataclass(frozen=True, slots=True)
class Fixed:
    """Always the same."""

    ms: int

    def draw(self, random: Random) -> int:
        return self.ms


@dataclass(frozen=True, slots=True)
class Uniform:
    """Anything from least to most, both included."""

    least_ms: int
    most_ms: int

    def draw(self, random: Random) -> int:
        return self.least_ms + int(random.random() * (self.most_ms - self.least_ms + 1))


@dataclass(frozen=True, slots=True)
class Mostly:
    """From 0 to most, little more often than much: a product of two even draws."""

    most_ms: int

    def draw(self, random: Random) -> int:
        count = self.most_ms + 1
        return int(random.random() * count) * int(random.random() * count) // max(self.most_ms, 1)


@dataclass(frozen=True, slots=True)
class LogNormal:
    """As measured on long ways: half takes less than the median, a few take much more."""

    median_ms: int
    sigma: float

    def draw(self, random: Random) -> int:
        return round(self.median_ms * exp(self.sigma * random.gauss(0, 1)))


@dataclass(frozen=True, slots=True, kw_only=True)
class HeavyTail:
    """Pareto: never less than least, and of an `alpha` of 1 to 2 now and then very much more."""

    least_ms: int
    alpha: float
    most_ms: int

    def draw(self, random: Random) -> int:
        # 1 - random() is never 0.
        drawn_ms: float = self.least_ms * (1 - random.random()) ** (-1 / self.alpha)
        return min(round(drawn_ms), self.most_ms)


Distribution = Fixed | Uniform | Mostly | LogNormal | HeavyTail
