"""Holds everybody to their fair share: counts, refuses, reads less. docs/protocol.md, 1.6."""

from typing import assert_never

from overlay import limits
from overlay.core.assembly import Assembly
from overlay.core.effects import Effect, Report
from overlay.core.facts import LimitReached
from overlay.core.requests import BanStatus, LimitsStatus, ShareStatus, ShareUse
from overlay.core.settings import SHARES, Share
from overlay.core.state.links import Link
from overlay.core.state.shares import Whose
from overlay.errors import Busy
from overlay.messages.ids import AccountId, ClientId, NodeId
from overlay.peering.effects import Hold
from overlay.structures.meters import Meter

_BUSY = "more {} than a fair share"


class Sharing:
    """What is beyond a share raises `Busy`; `take_effects` has what follows from it."""

    def __init__(self, parts: Assembly) -> None:
        self._parts = parts
        self._effects: list[Effect] = []

    def pay_with(self, link: Link, account: AccountId, now_ms: int) -> None:
        """An account pays as well, of which nobody knew before its client attached.

        Raises `Busy` where its clients have done so too often.
        """
        meter = self._parts.shares.of_account(account)
        if meter not in link.meters:
            self._check(link, (meter,), Share.ATTACHES, 1, now_ms)
            others = (each for each in link.meters if each.whose != Whose.ACCOUNT)
            link.meters = (*others, meter)

    def on_frame(self, link: Link, size_bytes: int, messages: int, now_ms: int) -> None:
        """Count a frame of a client. It has come, so its bytes are had whatever they are.

        With too many messages `link.wait_ms` says so, until the next frame.
        """
        shares = self._parts.shares
        meters = link.meters or self._meters(link)
        over = shares.exceeded(meters, Share.BYTES, now_ms)
        shares.spend(meters, Share.BYTES, size_bytes, now_ms)
        if over is not None:
            # Nobody need be told: who is read more slowly cannot send faster.
            wait_ms = shares.wait_ms(over, Share.BYTES, now_ms)
            self._note(link, over, Share.BYTES, wait_ms)
            self._hold(link, wait_ms)
        over = shares.exceeded(meters, Share.MESSAGES, now_ms)
        if over is None:
            shares.spend(meters, Share.MESSAGES, messages, now_ms)
            link.wait_ms = 0
            self._pace(link, meters, now_ms)
        else:
            link.wait_ms = self._told(link, over, Share.MESSAGES, now_ms)

    def _pace(self, link: Link, meters: tuple[Meter, ...], now_ms: int) -> None:
        """Read who has little left at an even pace: others would wait for all that it may have."""
        for meter in meters:
            early_ms = self._parts.shares.early_ms(meter, Share.MESSAGES, now_ms)
            if early_ms:
                self._note(link, meter, Share.MESSAGES, early_ms)
                self._hold(link, early_ms)

    def check_messages(self, link: Link) -> None:
        """Raises `Busy` for what came in a frame that was too many."""
        if link.wait_ms:
            detail = _BUSY.format(Share.MESSAGES.written)
            raise Busy(detail, retry_after_ms=link.wait_ms)

    def check(self, link: Link, share: Share, now_ms: int, amount: int = 1) -> None:
        """Count what a peer wants. Raises `Busy` where it has had its share."""
        self._check(link, link.meters or self._meters(link), share, amount, now_ms)

    def _check(
        self, link: Link, meters: tuple[Meter, ...], share: Share, amount: int, now_ms: int
    ) -> None:
        shares = self._parts.shares
        over = shares.exceeded(meters, share, now_ms)
        if over is None:
            shares.spend(meters, share, amount, now_ms)
            return
        wait_ms = self._told(link, over, share, now_ms)
        raise Busy(_BUSY.format(share.written), retry_after_ms=wait_ms)

    def admits_records(self, link: Link, records: int, now_ms: int) -> bool:
        """Whether a neighbour's push is looked at. Raises `Busy` the first time that it is not.

        What is left out is found by the comparison of roots (5.7).
        """
        was_told = now_ms < link.told_to_wait_ms
        try:
            self.check(link, Share.RECORDS, now_ms, records)
        except Busy:
            if was_told:
                return False
            raise
        return True

    @property
    def has_effects(self) -> bool:
        """Whether anything follows; hardly ever."""
        return bool(self._effects)

    def take_effects(self) -> list[Effect]:
        """What follows from refusals: facts, and links that are read more slowly."""
        effects, self._effects = self._effects, []
        return effects

    def _meters(self, link: Link) -> tuple[Meter, ...]:
        """Who pays for what comes on a link, from the first of it on."""
        shares = self._parts.shares
        if link.is_node:
            link.meters = (shares.of_node(link.node),)
        else:
            link.meters = shares.of_client(link.client, link.remote_address)
        return link.meters

    def _told(self, link: Link, over: Meter, share: Share, now_ms: int) -> int:
        """How long the peer is told to wait; who was told so before is read no more meanwhile."""
        room_ms = self._parts.shares.wait_ms(over, share, now_ms)
        self._note(link, over, share, room_ms)
        wait_ms = max(room_ms, limits.SHARE_RETRY_MS)
        if now_ms < link.told_to_wait_ms:
            self._hold(link, link.told_to_wait_ms - now_ms)
        link.told_to_wait_ms = max(link.told_to_wait_ms, now_ms + wait_ms)
        return wait_ms

    def _note(self, link: Link, over: Meter, share: Share, wait_ms: int) -> None:
        fact = LimitReached(
            limit=share.written,
            whose=Whose(over.whose).written,
            who=over.name,
            remote_address=link.remote_address,
            retry_after_ms=wait_ms,
        )
        self._effects.append(Report(fact))

    def _hold(self, link: Link, wait_ms: int) -> None:
        most_ms = limits.SHARE_HOLD_NODE_MS if link.is_node else limits.SHARE_HOLD_MS
        self._effects.append(Hold(link.id, min(wait_ms, most_ms)))


def limits_status(parts: Assembly, now_ms: int) -> LimitsStatus:
    """What an operator is shown: each limit, who has most of what it bounds, who is banned."""
    return LimitsStatus(
        shares=tuple(_share_status(parts, share, now_ms) for share in Share),
        bans=tuple(
            BanStatus(who=ban.who, reason=ban.reason, left_ms=ban.left_ms(now_ms))
            for ban in parts.bans
        ),
    )


def _share_status(parts: Assembly, share: Share, now_ms: int) -> ShareStatus:
    rate = parts.shares.rates[share]
    return ShareStatus(
        limit=share.written,
        rate=str(rate),
        is_usual=rate == SHARES[share],
        top=tuple(
            ShareUse(
                whose=Whose(meter.whose).written,
                who=meter.name,
                name=_name(parts, Whose(meter.whose), meter.name),
                second=second,
                refused=meter.refused,
            )
            for meter, second in parts.shares.top(share, now_ms)
        ),
    )


def _name(parts: Assembly, whose: Whose, who: str) -> str:
    """What people call them; empty where nobody knows."""
    match whose:
        case Whose.ADDRESS:
            return ""
        case Whose.NODE:
            return parts.topology.name_of(NodeId(who)) or ""
        case Whose.CLIENT:
            attachment = parts.attachments.get(ClientId(who))
            who = attachment.account if attachment is not None else ""
        case Whose.ACCOUNT:
            pass
        case _:
            assert_never(whose)
    record = parts.remembered.get(AccountId(who))
    return record.value.name if record is not None else ""
