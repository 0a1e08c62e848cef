"""How much each peer was answered lately: short questions must not cost long answers for ever.

docs/protocol.md, sections 5.7 and 8.2.
"""

from dataclasses import dataclass, field

from overlay import limits
from overlay.structures.allowance import Allowance
from overlay.structures.bounded import LruCache


@dataclass(slots=True)
class _Asker:
    allowance: Allowance = field(default_factory=Allowance)
    refused_until_ms: int = 0


class Answers:
    """What peers may still be answered, by id: whoever opens another link is remembered.

    All that is held, and `at_once_bytes`, may be had at once; after that
    `second_bytes` a second, more where more is held.
    """

    def __init__(self, at_once_bytes: int, second_bytes: int) -> None:
        self._at_once_bytes = at_once_bytes
        self._second_bytes = second_bytes
        self._askers: LruCache[str, _Asker] = LruCache(limits.ASKERS_MAX)

    def __len__(self) -> int:
        return len(self._askers)

    def wait_ms(self, peer: str, held_bytes: int, now_ms: int) -> int:
        """How long until this peer is answered again; 0 for now."""
        at_once_ms = self._cost_ms(self._at_once_bytes + held_bytes, held_bytes)
        return self._asker(peer).allowance.wait(at_once_ms, now_ms)

    def given(self, peer: str, size_bytes: int, held_bytes: int, now_ms: int) -> None:
        """This peer was answered so much."""
        self._asker(peer).allowance.spend(self._cost_ms(size_bytes, held_bytes), now_ms)

    def is_told_to_wait(self, peer: str, now_ms: int) -> bool:
        """Whether this peer has been told to ask again later than now."""
        return now_ms < self._asker(peer).refused_until_ms

    def told_to_wait(self, peer: str, until_ms: int) -> None:
        """This peer was told when to ask again."""
        self._asker(peer).refused_until_ms = until_ms

    def _cost_ms(self, size_bytes: int, held_bytes: int) -> int:
        return 1_000 * size_bytes // (self._second_bytes + held_bytes // limits.ANSWER_ALL_S)

    def _asker(self, peer: str) -> _Asker:
        asker = self._askers.get(peer)
        if asker is None:
            asker = _Asker()
            self._askers.put(peer, asker)
        return asker
