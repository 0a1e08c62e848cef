"""Keeps away whom the operator has banned, and lets them come again. docs/protocol.md, 2.7."""

from overlay import limits
from overlay.core.assembly import Assembly
from overlay.core.durable import KeptBan, ban_key, ban_row
from overlay.core.effects import Answer, Effect, Report
from overlay.core.endings import Endings
from overlay.core.facts import PeerBanned
from overlay.core.requests import BanPeer, Carried, Declined
from overlay.core.state.bans import Ban, has_loopback, named
from overlay.core.state.deadlines import BanDue
from overlay.core.state.links import Link
from overlay.crypto.encoding import is_id
from overlay.errors import Banned
from overlay.messages.ids import AccountId, ClientId, NodeId
from overlay.peering.effects import Forget, Persist
from overlay.peering.events import Ticket
from overlay.structures.hosts import network_of


class Banning:
    """Who is banned has no link with us; what they sign elsewhere is others' to judge."""

    def __init__(self, parts: Assembly, endings: Endings) -> None:
        self._parts = parts
        self._endings = endings

    # Judging.

    def check_address(self, remote_address: str, now_ms: int) -> None:
        """Raises `Banned` for who comes from there."""
        self._check(self._parts.bans.of_address(remote_address), now_ms)

    def check_id(self, who: str, now_ms: int) -> None:
        """Raises `Banned` for a node, a client or an account."""
        self._check(self._parts.bans.get(who), now_ms)

    def _check(self, ban: Ban | None, now_ms: int) -> None:
        if ban is not None:
            raise _told(ban, now_ms)

    # The operator.

    def ban(self, ticket: Ticket, asked: BanPeer, now_ms: int) -> list[Effect]:
        """Close the links of somebody, and refuse new ones: durably, until it ends or is ended."""
        who = named(asked.who)
        trouble = self._why_not(who)
        if trouble is not None:
            return [Answer(ticket, Declined(trouble))]
        for_ms = min(asked.for_ms, limits.BAN_MS_MAX) if asked.for_ms is not None else None
        # Half a surrogate pair, which no frame could hold, may come from a terminal.
        reason = asked.reason.encode(errors="replace").decode()
        reason = reason[: limits.BAN_REASON_CHARACTERS_MAX]
        ban = Ban(who=who, reason=reason, until_ms=None if for_ms is None else now_ms + for_ms)
        if not self._parts.bans.put(ban):
            return [Answer(ticket, Declined(f"{limits.BANS_MAX} are banned already"))]
        self._plan_end(ban)
        row = ban_row(KeptBan(who=who, reason=reason, until_at_ms=asked.until_at_ms))
        effects: list[Effect] = [
            Persist((row,), self._parts.ourselves.next_ticket()),
            Report(PeerBanned(who=who, is_banned=True, reason=reason)),
        ]
        closed = [link for link in self._parts.links if self._is_meant(link, ban)]
        for link in closed:
            effects += self._endings.expel(link, _told(ban, now_ms), now_ms)
        return [*effects, Answer(ticket, Carried(self._words(ban, len(closed))))]

    def unban(self, ticket: Ticket, who: str) -> list[Effect]:
        """Let somebody come again, at once."""
        who = named(who)
        if who not in self._parts.bans:
            return [Answer(ticket, Declined(f"{who} is not banned"))]
        return [*self.end(who), Answer(ticket, Carried(f"{who} may come again"))]

    def end(self, who: str) -> list[Effect]:
        """A ban is over; a node that our file names is dialled."""
        self._parts.bans.pop(who)
        self._parts.timers.cancel(BanDue(who))
        addresses = self._parts.members.addresses_of(NodeId(who))
        return [
            Forget((ban_key(who),), self._parts.ourselves.next_ticket()),
            Report(PeerBanned(who=who, is_banned=False, reason="")),
            *(effect for at in addresses for effect in self._parts.keeping.redial(at)),
        ]

    def restore(self, kept: tuple[KeptBan, ...], now_ms: int) -> list[Effect]:
        """The bans of earlier runs; those that have ended meanwhile are forgotten."""
        effects: list[Effect] = []
        for each in kept:
            if each.left_ms is not None and each.left_ms <= 0:
                key = ban_key(each.who)
                effects.append(Forget((key,), self._parts.ourselves.next_ticket()))
                continue
            until_ms = None if each.left_ms is None else now_ms + each.left_ms
            ban = Ban(who=each.who, reason=each.reason, until_ms=until_ms)
            if self._parts.bans.put(ban):
                self._plan_end(ban)
        return effects

    def _plan_end(self, ban: Ban) -> None:
        if ban.until_ms is None:
            self._parts.timers.cancel(BanDue(ban.who))
        else:
            self._parts.timers.set(BanDue(ban.who), ban.until_ms)

    def _why_not(self, who: str) -> str | None:
        network = network_of(who)
        if network is None and not is_id(who):
            return f"{who} is no id of 43 characters, and no address or network"
        if network is not None and has_loopback(network):
            return f"{who} holds loopback, from where this machine and any proxy on it come"
        return "that is this node itself" if who == self._parts.ourselves.id else None

    def _is_meant(self, link: Link, ban: Ban) -> bool:
        if network_of(ban.who) is not None:
            return self._parts.bans.of_address(link.remote_address) is not None
        if link.is_node or not link.peer:
            return link.peer == ban.who
        attachment = self._parts.attachments.get(link.client)
        account = attachment.account if attachment is not None else None
        return ban.who in (link.peer, account)

    def _words(self, ban: Ban, links: int) -> str:
        """What an operator wants to know: was it the right one, and did it do anything?"""
        ended = f"{links} link{'s' if links != 1 else ''} closed"
        if network_of(ban.who) is not None:
            return f"{ban.who}: banned, {ended}"
        parts = self._parts
        if NodeId(ban.who) in parts.members:
            known = f"the node {parts.topology.name_of(NodeId(ban.who)) or ban.who}"
        elif (account := parts.remembered.get(AccountId(ban.who))) is not None:
            known = f"the account of {account.value.name}"
        elif parts.directory.presence(ClientId(ban.who)) is not None:
            known = "a client"
        else:
            known = "nobody whom this node knows now"
        return f"{ban.who} ({known}): banned, {ended}"


def _told(ban: Ban, now_ms: int) -> Banned:
    return Banned(ban.reason or "banned here", retry_after_ms=ban.left_ms(now_ms))
