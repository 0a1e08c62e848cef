"""The monotonic clock of one host: the world's time at a rate of its own, with jumps forward."""

MILLION = 1_000_000


class Clock:
    """Maps between the world's time and the host's. Whole milliseconds, and never backwards."""

    def __init__(self) -> None:
        self.is_true = True
        """Whether it shows the world's time."""
        self._rate = MILLION
        self._since_world_ms = 0
        self._since_ms = 0

    def reading(self, world_ms: int) -> int:
        """What it shows at a time of the world."""
        if self.is_true:
            return world_ms
        passed_ms = world_ms - self._since_world_ms
        return self._since_ms + passed_ms * self._rate // MILLION

    def world_ms(self, reading_ms: int) -> int:
        """The first time of the world at which it shows this or more."""
        if self.is_true:
            return reading_ms
        missing_ms = reading_ms - self._since_ms
        return self._since_world_ms + -(-missing_ms * MILLION // self._rate)

    def jump(self, world_ms: int, by_ms: int) -> None:
        """Go forward by so much at once."""
        assert by_ms >= 0
        self._set(world_ms, by_ms, self._rate)

    def skew(self, world_ms: int, ppm: int) -> None:
        """Go too fast by so many millionths from now on, or too slow."""
        assert ppm > -MILLION
        self._set(world_ms, 0, MILLION + ppm)

    def _set(self, world_ms: int, by_ms: int, rate: int) -> None:
        self._since_ms = self.reading(world_ms) + by_ms
        self._since_world_ms = world_ms
        self._rate = rate
        self.is_true = rate == MILLION and self._since_ms == world_ms
