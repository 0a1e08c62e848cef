"""How much somebody has had lately: a burst at once, and a steady rate after that."""


class Allowance:
    """Whatever is spent takes time to be forgotten; as much as is left may be spent at once.

    Costs are stated as that time. Whoever is allowed anything may overdraw
    by it, and waits the longer. Source: the generic cell rate algorithm of
    ITU-T I.371, which needs one number for each whom it watches.
    """

    __slots__ = ("_forgotten_ms",)

    def __init__(self) -> None:
        self._forgotten_ms = 0

    def wait_ms(self, at_once_ms: int, now_ms: int) -> int:
        """How long until anything may be spent; 0 for now."""
        return max(self._forgotten_ms - now_ms - at_once_ms + 1, 0)

    def spend(self, cost_ms: int, now_ms: int) -> None:
        """Count what was had now."""
        self._forgotten_ms = max(self._forgotten_ms, now_ms) + cost_ms
