"""How much somebody has had lately: a burst at once, and a steady rate after that."""


class Allowance:
    """Whatever is spent takes time to be forgotten; as much as is left may be spent at once.

    Costs are stated as that time, all times in one unit, whichever that is.
    Whoever is allowed anything may overdraw by it, and waits the longer.
    Source: the generic cell rate algorithm of ITU-T I.371, which needs one
    number for each whom it watches.
    """

    __slots__ = ("_forgotten_at",)

    def __init__(self) -> None:
        self._forgotten_at = 0

    def wait(self, at_once: int, now: int) -> int:
        """How long until anything may be spent; 0 for now."""
        left = self._forgotten_at - now - at_once + 1
        return left if left > 0 else 0

    def spend(self, cost: int, now: int) -> None:
        """Count what was had now."""
        # Not by `max`, which takes longer than the rest: every frame of a client comes by here.
        self._forgotten_at = (now if now > self._forgotten_at else self._forgotten_at) + cost

    def forgive(self, until: int) -> None:
        """Remember nothing for longer than that."""
        if self._forgotten_at > until:
            self._forgotten_at = until
