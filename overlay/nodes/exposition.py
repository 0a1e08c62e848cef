"""Writes what a node has counted, and what there is now, in Prometheus' text format.

Names follow Prometheus' conventions: base units, `_total` for what only grows.
Source: prometheus.io/docs/practices/naming.
"""

from collections import Counter
from collections.abc import Iterable, Iterator

from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from overlay.core.requests import NodeStatus
from overlay.nodes.metrics import Metrics


def text_of(
    metrics: Metrics,
    status: NodeStatus,
    lag_ms: float,
    certificate_until: float | None,
    half_open_connections: int,
) -> bytes:
    """All of it. `certificate_until` is in seconds since 1970."""
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    families = (
        *_counters(metrics),
        *_gauges(status, lag_ms, certificate_until),
        _half_open(half_open_connections),
    )
    registry.register(_Given(families))
    return generate_latest(registry)


def _counters(metrics: Metrics) -> Iterator[Metric]:
    for (name, words, label), counts in metrics.counted():
        labels = [label] if label is not None else []
        family = CounterMetricFamily(f"overlay_{name}", words, labels=labels)
        for word, count in counts.items():
            family.add_metric([word] if label is not None else [], count)
        yield family


class _Given(Collector):
    def __init__(self, families: Iterable[Metric]) -> None:
        self._families = families

    def collect(self) -> Iterable[Metric]:
        return self._families


def _gauges(status: NodeStatus, lag_ms: float, certificate_until: float | None) -> Iterator[Metric]:
    yield _info(status)
    yield _by("neighbours", "Entries of the neighbours file.", "state", _states(status))
    yield _by("members", "Members, by whether they seem alive.", "alive", _lives(status))
    yield _round_trips(status)
    for name, words, value in (
        ("incarnation", "The node's incarnation.", status.incarnation),
        ("node_links", "Links with other nodes.", len(status.links)),
        ("half_open_links", "Links whose handshake is not over.", status.half_open_links),
        ("bridges", "Nodes whose loss would split the overlay.", len(status.bridges)),
        ("clients_here", "Clients that are served here.", status.clients_here),
        ("clients_reachable", "Clients anywhere that are reachable.", status.clients_reachable),
        ("accounts", "Accounts whose record is held.", status.accounts),
        ("parked_records", "Records that do not count yet.", status.parked_records),
        ("mailbox_envelopes", "Envelopes that are kept for people.", status.mailbox_envelopes),
        ("mailbox_bytes", "Bytes of these.", status.mailbox_bytes),
        ("units_in_transit", "Copies whose way is remembered.", status.units),
        ("loop_lag_seconds", "How late the node was woken of late, at worst.", lag_ms / 1_000),
    ):
        yield GaugeMetricFamily(f"overlay_{name}", words, value)
    taken = "Numbered messages that have come from neighbours and clients."
    yield CounterMetricFamily("overlay_messages_taken", taken, status.messages_taken)
    if certificate_until is not None:
        until = "When the certificate that is presented expires, since 1970."
        yield GaugeMetricFamily(
            "overlay_certificate_expiry_timestamp_seconds", until, certificate_until
        )


def _half_open(connections: int) -> Metric:
    words = "Connections that are no link yet, that of whoever asks included."
    return GaugeMetricFamily("overlay_half_open_connections", words, connections)


def _info(status: NodeStatus) -> Metric:
    labels = {
        "id": status.id,
        "name": status.name,
        "network": status.network,
        "software": status.software,
    }
    family = GaugeMetricFamily("overlay_node_info", "Who this node is.", labels=list(labels))
    family.add_metric(list(labels.values()), 1)
    return family


def _by(name: str, words: str, label: str, counts: Counter[str]) -> Metric:
    family = GaugeMetricFamily(f"overlay_{name}", words, labels=[label])
    for word, count in sorted(counts.items()):
        family.add_metric([word], count)
    return family


def _states(status: NodeStatus) -> Counter[str]:
    return Counter(entry.state for entry in status.neighbours)


def _lives(status: NodeStatus) -> Counter[str]:
    counts = Counter({"true": 0, "false": 0})
    counts.update("true" if member.is_alive else "false" for member in status.members)
    return counts


def _round_trips(status: NodeStatus) -> Metric:
    words = "Smoothed round trip of the link with a node, the delay of its acks included."
    family = GaugeMetricFamily("overlay_round_trip_seconds", words, labels=["node"])
    for link in status.links:
        if link.round_trip_ms is not None:
            family.add_metric([link.id], link.round_trip_ms / 1_000)
    return family
