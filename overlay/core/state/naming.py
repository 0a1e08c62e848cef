"""Which neighbours name their link with us, too. docs/protocol.md, section 5.6.

Who is alive is decided by how many of its links are named back. So a link
whose other end hides it must not stand in our record either: a few such
neighbours would have everybody think us dead.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from overlay import limits
from overlay.messages.ids import NodeId


@dataclass(slots=True)
class _Doubt:
    since_ms: int
    is_dropped: bool


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

    def judge(self, naming: Mapping[NodeId, bool], now_ms: int) -> int | None:
        """Take in who of those that we have links with names us; returns when to look again.

        A new link has a while to be named. One that was, and is no longer, is
        dropped at once. Who does name us is believed again after a while: our
        record must not follow every change of mind.
        """
        self._returned = {node: None for node in self._returned if node in naming}
        for node, doubt in list(self._doubts.items()):
            if node not in naming and now_ms >= doubt.since_ms + limits.NAMED_AGAIN_MS:
                del self._doubts[node]
        dues = [self._judge(node, does, now_ms) for node, does in naming.items()]
        return min((due_ms for due_ms in dues if due_ms is not None), default=None)

    def stretch(self, lag_ms: int) -> None:
        """We were not run for a while: what they said meanwhile waits."""
        for doubt in self._doubts.values():
            doubt.since_ms += lag_ms

    def clear(self) -> None:
        """All links are new."""
        self._doubts.clear()
        self._returned.clear()

    def _judge(self, node: NodeId, does_name: bool, now_ms: int) -> int | None:
        doubt = self._doubts.get(node)
        if does_name:
            again_ms = doubt.since_ms + limits.NAMED_AGAIN_MS if doubt is not None else now_ms
            if doubt is not None and doubt.is_dropped and now_ms < again_ms:
                return again_ms
            self._doubts.pop(node, None)
            self._returned[node] = None
            return None
        if doubt is None:
            doubt = self._doubts[node] = _Doubt(now_ms, node in self._returned)
        drop_ms = doubt.since_ms + limits.NAMED_BACK_MS
        doubt.is_dropped = doubt.is_dropped or now_ms >= drop_ms
        return now_ms + limits.NAMED_AGAIN_MS if doubt.is_dropped else drop_ms
