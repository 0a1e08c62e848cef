"""Which neighbours name their link with us, too. docs/protocol.md, section 5.6.

Who is alive is decided by how many of its links are named back. So a link
whose other end hides it must not stand in our record either: a few such
neighbours would have everybody think us dead. But where both ends have
stopped naming it, each waits for the other: so it is tried again now and then.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from overlay import limits
from overlay.messages.ids import NodeId

Named = Literal["no", "claimed", "sought", "meant"]
"""Whether a neighbour's record names us; claimed where it does and too few of its claims are
true, sought where they are and it was dialled for what follows from that: it seems dead."""


@dataclass(slots=True)
class _Doubt:
    since_ms: int
    is_dropped: bool
    tries: int = 0
    is_claimed: bool = False
    """Its other end has named it, in vain, from before it was dropped until now."""
    is_untried: bool = False
    """Dropped before it was named."""


class Naming:
    """What is thought of the other ends of our links."""

    def __init__(self) -> None:
        self._doubts: dict[NodeId, _Doubt] = {}
        self._returned: dict[NodeId, None] = {}
        """Who has named the link that there is now."""

    def is_dropped(self, node: NodeId) -> bool:
        """Whether the link with a node is to be named no more."""
        doubt = self._doubts.get(node)
        return doubt is not None and doubt.is_dropped

    def is_returned(self, node: NodeId) -> bool:
        """Whether the link that there is now with a node has once been named back."""
        return node in self._returned

    def waiting(self) -> list[NodeId]:
        """Who is dropped for claims that the records of others may make true."""
        return [
            node
            for node, doubt in self._doubts.items()
            if doubt.is_dropped and (doubt.is_claimed or doubt.is_untried)
        ]

    def judge(self, naming: Mapping[NodeId, Named], now_ms: int) -> int | None:
        """Take in who of those that we have links with names us; returns when to look again.

        A new link has a while to be named; one that is sought is tried when it
        is so no more. One that was named, and is no longer, is dropped at once.
        Who does name us is believed again after a while: our record must not
        follow every change of mind.
        """
        self._returned = {node: None for node in self._returned if node in naming}
        for node, doubt in list(self._doubts.items()):
            if node not in naming and now_ms >= doubt.since_ms + limits.NAMED_AGAIN_MS:
                del self._doubts[node]
        dues = [self._judge(node, named, now_ms) for node, named in naming.items()]
        self._give_up_trials(naming)
        dues += [self._try_again(node, naming, now_ms) for node in naming]
        return min((due_ms for due_ms in dues if due_ms is not None), default=None)

    def stretch(self, lag_ms: int) -> None:
        """We were not run for a while: what they said meanwhile waits."""
        for doubt in self._doubts.values():
            doubt.since_ms += lag_ms

    def clear(self) -> None:
        """All links are new."""
        self._doubts.clear()
        self._returned.clear()

    def _judge(self, node: NodeId, named: Named, now_ms: int) -> int | None:
        doubt = self._doubts.get(node)
        if doubt is not None and doubt.is_untried and named != "sought":
            # Nothing is held against it, but that many such may come of one change of mind.
            doubt = self._doubts[node] = _Doubt(now_ms - limits.NAMED_AGAIN_MS, is_dropped=True)
        if named == "meant":
            again_ms = doubt.since_ms + limits.NAMED_AGAIN_MS if doubt is not None else now_ms
            if doubt is not None and doubt.is_dropped and now_ms < again_ms:
                return again_ms
            self._doubts.pop(node, None)
            self._returned[node] = None
            return None
        if named == "sought" and (doubt is None or doubt.is_dropped):
            # Whatever was thought of an earlier link: this one was not named yet.
            self._doubts[node] = _Doubt(now_ms, is_dropped=True, is_untried=True)
            return None
        if doubt is None:
            doubt = self._doubts[node] = _Doubt(now_ms, node in self._returned)
        drop_ms = doubt.since_ms + limits.NAMED_BACK_MS
        if not doubt.is_dropped:
            doubt.is_dropped, doubt.is_claimed = now_ms >= drop_ms, True
        doubt.is_claimed = doubt.is_claimed and named != "no"
        return None if doubt.is_dropped else drop_ms

    def _try_again(self, node: NodeId, naming: Mapping[NodeId, Named], now_ms: int) -> int | None:
        """Name a dropped link once more, ever more rarely, or as soon as its other end has begun
        to; returns when to look again.

        Not whose claim is old: many who tried it at a time would make it true.
        """
        doubt = self._doubts.get(node)
        if doubt is None or not doubt.is_dropped or naming[node] == "meant":
            return None
        if doubt.is_claimed or doubt.is_untried:
            return None
        tries = min(doubt.tries, limits.NAMING_TRIES_MAX) if naming[node] == "no" else 0
        again_ms = doubt.since_ms + (limits.NAMED_AGAIN_MS << tries)
        if now_ms < again_ms:
            return again_ms
        if self._spare(naming) < 1:
            return now_ms + limits.NAMED_BACK_MS
        self._doubts[node] = _Doubt(now_ms, is_dropped=False, tries=doubt.tries + 1)
        return now_ms + limits.NAMED_BACK_MS

    def _give_up_trials(self, naming: Mapping[NodeId, Named]) -> None:
        """Others have stopped naming us: what is only tried may make us seem dead now."""
        trials = [doubt for doubt in self._named_in_doubt(naming) if doubt.tries]
        while trials and self._spare(naming) < 0:
            trials.pop().is_dropped = True

    def _spare(self, naming: Mapping[NodeId, Named]) -> int:
        """How many more links may be named in vain until less than half are named back.

        Where nothing is named back there is nothing to lose.
        """
        sure = sum(named == "meant" and not self.is_dropped(node) for node, named in naming.items())
        return sure - len(self._named_in_doubt(naming)) if sure else 1

    def _named_in_doubt(self, naming: Mapping[NodeId, Named]) -> list[_Doubt]:
        """What is thought of links that stand in our record and are not named back."""
        doubts = [self._doubts[node] for node in naming if node in self._doubts]
        return [doubt for doubt in doubts if not doubt.is_dropped]
