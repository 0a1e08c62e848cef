"""S8: every queue and table stays within its limit."""

from overlay import limits
from overlay.core.requests import NodeCensus
from overlay.peering.events import LinkId
from simulations.checkers.base import Checker
from simulations.checkers.sight import Sight
from simulations.machines import Host
from simulations.network import Network

ROWS_MAX = 4 * limits.MEMBERS_MAX
"""Rows on a node's disk: records of members and of the clients in their slots."""

ENVELOPE_BYTES_MIN = 256
"""No text of an envelope is shorter: three keys, a salt and a padded body stand in it."""

BOUNDS = {
    # Of what a status or a census tells of itself: for nodes that are not as they ship, too.
    "parked_records": limits.PARKED_MAX,
    "mailbox_bytes": limits.MAILBOX_BYTES_MAX,
    "units": limits.UNITS_MAX,
    "clients_here": limits.SLOTS_MAX,
    "mailbox_envelopes": limits.MAILBOX_BYTES_MAX // ENVELOPE_BYTES_MIN,
    "clients_reachable": limits.MEMBERS_MAX * limits.SLOTS_MAX,
    "accounts": limits.MEMBERS_MAX * limits.SLOTS_MAX,
    "links": limits.LINKS_MAX,
    "links_named_most": limits.NODE_LINKS_MAX,
    "neighbours": limits.NEIGHBOURS_MAX,
    "addresses": limits.ADDRESSES_MAX,
}
ALL_BOUNDS = {**BOUNDS, "members": limits.MEMBERS_MAX, "rows": ROWS_MAX}


class BoundsChecker(Checker):
    """Measures frames and outboxes as they come, tables now and then."""

    id = "S8"

    def __init__(self, network: Network) -> None:
        super().__init__()
        self._network = network

    def on_frame(self, host: Host, link: LinkId, data: bytes, now_ms: int) -> None:
        if len(data) > limits.FRAME_BYTES_MAX:
            self.broken(now_ms, f"{host.name} sends a frame of {len(data)} bytes")

    def look(self, sight: Sight, now_ms: int) -> None:
        if self._network.queued_bytes_most > limits.OUTBOX_BYTES_MAX:
            self.broken(now_ms, f"an outbox held {self._network.queued_bytes_most} bytes")
        for host in sight.measured:
            for table, size, size_max in host.sizes():
                if size > size_max:
                    self.broken(now_ms, f"{host.name} has {size} {table}, at most {size_max}")
        for host in sight.nodes:
            if host.name in sight.censuses:
                self._look_at(host, sight.censuses[host.name], now_ms)

    def _look_at(self, host: Host, census: NodeCensus, now_ms: int) -> None:
        sizes = {name: getattr(census, name) for name in BOUNDS}
        sizes |= {"members": len(census.members), "rows": len(host.disk)}
        for name, size in sizes.items():
            if size > ALL_BOUNDS[name]:
                self.broken(now_ms, f"{host.name} has {size} {name}, at most {ALL_BOUNDS[name]}")
