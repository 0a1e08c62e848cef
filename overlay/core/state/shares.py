"""Who has had how much of what there is for everybody. docs/protocol.md, section 1.6."""

from collections.abc import Iterator, Mapping
from enum import IntEnum
from typing import Final

from overlay import limits
from overlay.core.settings import SHARES, Share
from overlay.structures.bounded import LruCache
from overlay.structures.hosts import block_of, is_loopback
from overlay.structures.meters import Meter
from overlay.structures.rates import Rate
from overlay.structures.sizes import Size, fullest

_NS: Final = 1_000_000
_HOLD_NS: Final = limits.SHARE_HOLD_MS * _NS
_PACED_NS: Final = limits.SHARE_PACED_MS * _NS


class Whose(IntEnum):
    """Who has a share. The name in lower case is what operators read."""

    CLIENT = 0
    ACCOUNT = 1
    ADDRESS = 2
    NODE = 3

    @property
    def written(self) -> str:
        return self.name.lower()


def times(whose: Whose, share: Share) -> int:
    """How many clients' shares somebody has."""
    match whose:
        case Whose.CLIENT | Whose.NODE:
            return 1
        case Whose.ACCOUNT:
            return limits.SHARES_OF_ACCOUNT
        case Whose.ADDRESS if share is Share.ATTACHES:
            return limits.ATTACHES_OF_ADDRESS
        case Whose.ADDRESS:
            return limits.SHARES_OF_ADDRESS


class Shares:
    """What everybody has had of late, by whom: another link of the same one begins with it."""

    def __init__(self, wanted: Mapping[Share, Rate], *, counts_addresses: bool) -> None:
        self._counts_addresses = counts_addresses
        self._meters: tuple[LruCache[str, Meter], ...] = tuple(
            LruCache(limits.SHARERS_MAX) for _ in Whose
        )
        self.rates: dict[Share, Rate] = {}
        self.use(wanted)

    def sizes(self) -> Iterator[Size]:
        """How full the fullest of its tables is."""
        yield Size("sharers of one kind", fullest(self._meters), limits.SHARERS_MAX)

    def use(self, wanted: Mapping[Share, Rate]) -> None:
        """Go by these rates from now on, and by the usual ones where none is wanted.

        Where one has changed everybody begins anew.
        """
        before = self.rates
        self.rates = {share: wanted.get(share, SHARES[share]) for share in Share}
        for share in Share:
            if before.get(share) != self.rates[share]:
                for meter in self._all():
                    meter.allowances[share].forgive(0)
        self._window_ns = [self.rates[share].window_ns for share in Share]
        self._unit_ns = [
            [self.rates[share].unit_ns // times(whose, share) for whose in Whose] for share in Share
        ]
        self._room_ns = [
            [self._window_ns[share] - unit_ns + 1 for unit_ns in self._unit_ns[share]]
            for share in Share
        ]
        self._even_ns = [_even_ns(self.rates[share]) for share in Share]

    # Whom a link stands for.

    def of_client(self, client: str, remote_address: str) -> tuple[Meter, ...]:
        """Who pays for what comes on a client's link; loopback stands for many."""
        meter = self._meter(Whose.CLIENT, client)
        if not self._counts_addresses or is_loopback(remote_address):
            return (meter,)
        return meter, self._meter(Whose.ADDRESS, block_of(remote_address))

    def of_account(self, account: str) -> Meter:
        """Who pays as well, once it is known whose client it is."""
        return self._meter(Whose.ACCOUNT, account)

    def of_node(self, node: str) -> Meter:
        """Who pays for what another node brings."""
        return self._meter(Whose.NODE, node)

    def _meter(self, whose: Whose, name: str) -> Meter:
        meters = self._meters[whose]
        meter = meters.get(name)
        if meter is None:
            meter = Meter(whose, name, len(Share))
            meters.put(name, meter)
        return meter

    # Spending.

    def exceeded(self, meters: tuple[Meter, ...], share: Share, now_ms: int) -> Meter | None:
        """Who of these may not have one more of something now, if anybody is so."""
        now_ns, room_ns = now_ms * _NS, self._room_ns[share]
        for meter in meters:
            if meter.allowances[share].wait(room_ns[meter.whose], now_ns):
                meter.refused += 1
                return meter
        return None

    def spend(self, meters: tuple[Meter, ...], share: Share, amount: int, now_ms: int) -> None:
        """Count what was had. Nobody waits for longer than it is held up, whatever came."""
        unit_ns = self._unit_ns[share]
        most_ns = now_ms * _NS + self._window_ns[share] + _HOLD_NS
        for meter in meters:
            cost_ns = unit_ns[meter.whose]
            meter.spend(share, amount, amount * cost_ns, now_ms)
            meter.allowances[share].forgive(most_ns + cost_ns)

    def wait_ms(self, meter: Meter, share: Share, now_ms: int) -> int:
        """How long until one more may be had; 0 for now."""
        room_ns = self._room_ns[share][meter.whose]
        return -(-meter.allowances[share].wait(room_ns, now_ms * _NS) // _NS)

    def early_ms(self, meter: Meter, share: Share, now_ms: int) -> int:
        """How much sooner than at an even pace something was had: 0 while there is plenty left."""
        even_ns = self._even_ns[share]
        if even_ns is None:
            return 0
        return -(-meter.allowances[share].wait(even_ns, now_ms * _NS) // _NS)

    # Showing.

    def top(self, share: Share, now_ms: int) -> list[tuple[Meter, float]]:
        """Who has had most of something each second of late, and how much; most first."""
        had = [(meter, meter.a_second(share, now_ms)) for meter in self._all()]
        used = [(meter, rate) for meter, rate in had if rate > 0]
        used.sort(key=lambda each: (-each[1], each[0].whose, each[0].name))
        return used[: limits.TOP_SHARERS]

    def _all(self) -> Iterator[Meter]:
        for meters in self._meters:
            yield from meters.values()


def _even_ns(rate: Rate) -> int | None:
    """How much of a window may be had in any rhythm; None where whole frames come too seldom."""
    if rate.unit_ns * limits.FRAME_ENVELOPES_MAX > _PACED_NS:
        return None
    return rate.window_ns - min(_PACED_NS, rate.window_ns // 2)
