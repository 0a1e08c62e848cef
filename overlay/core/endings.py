"""How links end, and what that sets in motion; all of them when our incarnation does."""

from overlay import limits
from overlay.core.assembly import Assembly
from overlay.core.effects import Effect, Report
from overlay.core.facts import IncarnationRaised, LinkLost, PeerRefused
from overlay.core.own_statements import OwnStatements
from overlay.core.state.deadlines import LingerDue
from overlay.core.state.links import Link, Phase
from overlay.errors import RemoteError
from overlay.messages.ids import Address, Incarnation, NodeId
from overlay.peering.effects import CloseLink
from overlay.peering.refusals import refusal_of


class Endings:
    """Lets links go: their units, their client or neighbour, their dials."""

    def __init__(self, parts: Assembly, statements: OwnStatements) -> None:
        self._parts = parts
        self._statements = statements

    def close(self, link: Link, code: str, now_ms: int) -> list[Effect]:
        """End a link from our side; what it still has to say goes first."""
        said = self._parts.keeping.flush_link(link, now_ms)
        return [*said, CloseLink(link.id, code), *self.lose(link, code, now_ms)]

    def expel(self, link: Link, error: RemoteError, now_ms: int) -> list[Effect]:
        """End a link for what its peer is, or has not done, and tell it why."""
        self._parts.links.say(link, refusal_of(error))
        fact = PeerRefused(
            remote_address=link.remote_address, peer=link.peer, code=error.code, detail=error.detail
        )
        return [Report(fact), *self.close(link, error.code, now_ms)]

    def lose(self, link: Link, reason: str, now_ms: int) -> list[Effect]:
        """A link is gone: its units go another way, its client or neighbour is let go."""
        parts = self._parts
        was_open = link.phase is Phase.OPEN
        parts.links.remove(link)
        parts.keeping.forget(link)
        effects: list[Effect] = []
        if link.dialled is not None:
            # Who has another link with us is no neighbour out of reach.
            has_come = was_open or reason == "duplicate_link"
            trouble = link.trouble or (None if has_come else reason)
            effects += self.end_dial(link.dialled, now_ms, trouble)
        if not was_open:
            return effects
        if link.is_node:
            effects += parts.spreading.on_lost(link, now_ms)
        is_spared = reason == "orderly" and parts.extras.is_spared(link, now_ms)
        if link.is_node and (reason == "spare" or is_spared):
            effects.append(parts.extras.spared(link.node))
            return effects + parts.routing.on_link_lost(link, now_ms)
        if link.is_node:
            effects.append(Report(LinkLost(node=link.node, reason=reason)))
            return effects + self._lose_node(link, reason, now_ms)
        return effects + self._lose_client(link, reason)

    def _lose_node(self, link: Link, reason: str, now_ms: int) -> list[Effect]:
        """A reset may be a death: dial at once, a refusal says that it was.

        Only of whom we name: with others such a dial would be one of healing's
        that it has not begun, and the name for the while one that they never had.
        Of two links of the same two the other end may have closed this one
        before it is known here that the other link serves.
        """
        parts = self._parts
        effects = parts.routing.on_link_lost(link, now_ms)
        is_replaced = reason == "duplicate_link" or (
            reason == "orderly" and bool(parts.links.proving(link.node))
        )
        is_named = link.is_exchanged and not parts.liveness.is_dropped(link.node)
        if is_named and (reason == "reset" or is_replaced):
            until_ms = now_ms + limits.SUSPECT_MS * parts.lateness.factor(now_ms)
            parts.liveness.linger(link.node, until_ms)
            parts.timers.set(LingerDue(link.node), until_ms)
        is_old = now_ms - link.opened_ms >= limits.REDIAL_FIRST_MS
        if is_named and reason == "reset" and is_old:
            # Not at once again and again with a peer that resets every link that it opens.
            effects += parts.keeping.probe(link.node)
        parts.keeping.on_link_lost(link.node, now_ms)
        parts.extras.follow(now_ms)
        return effects

    def end_dial(self, address: Address, now_ms: int, trouble: str | None) -> list[Effect]:
        """A dial came to nothing, or the link that it became is gone."""
        parts = self._parts
        effects = parts.keeping.on_dial_over(address, now_ms, trouble)
        parts.healing.on_dial_over(address)
        parts.extras.on_dial_over(address, now_ms)
        return effects

    def _lose_client(self, link: Link, reason: str) -> list[Effect]:
        parts = self._parts
        parts.people.on_client_gone(link)
        attachment = parts.attachments.get(link.client)
        if attachment is None or attachment.link is not link:
            return []
        parts.channels.on_client_gone(link.client)
        parts.bundles.withdraw(link.client)
        detached = parts.attachments.detach(link.client, reason)
        assert detached is not None
        slot, effects = detached
        self._statements.sign_record(slot)
        return effects

    def begin_anew(self, told_by: NodeId, above: Incarnation, now_ms: int) -> list[Effect]:
        """Somebody holds a higher record of ours: go above it, durably, and begin anew."""
        parts = self._parts
        us = parts.ourselves
        us.raise_incarnation(above)
        us.is_started = False
        fact = IncarnationRaised(told_by=told_by, incarnation=us.incarnation)
        effects: list[Effect] = [Report(fact)]
        for link in parts.links:
            effects += self.close(link, "old_incarnation", now_ms)
        self._statements.clear()
        parts.liveness.restart()
        parts.reserving.begin_anew()
        return effects
