"""Counters that no crash can make anyone use twice."""


class CounterBlock:
    """Hands out rising counters below a ceiling that is already durable.

    `ceiling` is the highest one ever made durable, 0 if there was none:
    counters up to it may have been used, so the first one handed out is the
    next above it. Whoever stores what `ceiling_wanted` returns says so with
    `reserved`, and never hands a counter to anyone before. Raises ValueError
    for a block below one or a negative ceiling.
    """

    __slots__ = ("_block_size", "_ceiling", "_last", "_wanted")

    def __init__(self, block_size: int, ceiling: int) -> None:
        if block_size < 1 or ceiling < 0:
            raise ValueError(f"no counters in blocks of {block_size} above {ceiling}")
        self._block_size = block_size
        self._last = ceiling
        self._ceiling = ceiling
        self._wanted: int | None = None

    def take(self) -> int | None:
        """Return a counter never returned before, or None while none is reserved."""
        if self._last == self._ceiling:
            return None
        self._last += 1
        return self._last

    @property
    def is_low(self) -> bool:
        """Whether `ceiling_wanted` would return one."""
        return self._wanted is None and self._ceiling - self._last <= self._block_size // 2

    def ceiling_wanted(self) -> int | None:
        """Return a new ceiling to be stored now, or None if there is no need.

        There is at the start, and once half a block is used; not while an
        earlier one is being stored.
        """
        if not self.is_low:
            return None
        self._wanted = self._ceiling + self._block_size
        return self._wanted

    def reserved(self, ceiling: int) -> None:
        """Hand out counters up to `ceiling`, the wanted one, which is now durable."""
        assert ceiling == self._wanted
        self._ceiling = ceiling
        self._wanted = None

    def not_reserved(self) -> None:
        """Ask again: the wanted ceiling could not be stored.

        It may be on the disk all the same, which does no harm: a ceiling that
        is too high only skips counters.
        """
        self._wanted = None
