"""What a node's operator can draw: every name, its kind, and what it counts."""

import re
from pathlib import Path
from random import Random

import pytest
from prometheus_client import Metric
from prometheus_client.parser import text_string_to_metric_families

from overlay.core.durable import Durable
from overlay.core.facts import (
    EnvelopeAccepted,
    LagNoticed,
    LinkLost,
    NodeStopping,
    PeerRefused,
)
from overlay.core.node import Node
from overlay.core.settings import Settings
from overlay.crypto.keys import SigningKey
from overlay.messages.ids import Counter, Incarnation, LeafHash, NodeId
from overlay.nodes.exposition import text_of
from overlay.nodes.metrics import Metrics

OPERATORS = Path(__file__).parents[3] / "docs" / "operators.md"
NORTH = SigningKey.from_seed(bytes(32))
SOUTH = NodeId("A" * 43)


def families(metrics: Metrics) -> dict[str, Metric]:
    """Everything that is written, by its name, as Prometheus reads it."""
    settings = Settings(
        name='no"rth',
        network="overlay",
        admission="listed",
        addresses=(),
        neighbours=(),
        software="tests",
    )
    node = Node(NORTH, settings, Durable(), Random(1))
    text = text_of(
        metrics,
        node.snapshot(),
        lag_ms=2.5,
        certificate_until=1_800_000_000,
        half_open_connections=3,
    )
    return {family.name: family for family in text_string_to_metric_families(text.decode())}


def samples(metrics: Metrics, name: str) -> dict[tuple[str, ...], float]:
    """The values of one name, by the words of its labels."""
    return {tuple(each.labels.values()): each.value for each in families(metrics)[name].samples}


def refused(code: str) -> PeerRefused:
    return PeerRefused(remote_address="192.0.2.1", peer="", code=code, detail="")


def test_what_is_reported_is_counted_by_its_kind() -> None:
    metrics = Metrics()
    for reason in ("reset", "orderly", "reset"):
        metrics.count(LinkLost(node=SOUTH, reason=reason))
    metrics.count(LagNoticed(lag_ms=300, factor=2))
    metrics.count(NodeStopping(links=0))

    assert samples(metrics, "overlay_links_lost") == {("reset",): 2, ("orderly",): 1}
    assert samples(metrics, "overlay_lags") == {(): 1}


def test_what_was_never_reported_is_there_as_none() -> None:
    metrics = Metrics()

    assert samples(metrics, "overlay_lags") == {(): 0}
    assert samples(metrics, "overlay_links_lost") == {}


def test_a_report_is_counted_on_its_way() -> None:
    metrics, told = Metrics(), list[LagNoticed]()

    metrics.before(told.append)(LagNoticed(lag_ms=300, factor=2))

    assert told == [LagNoticed(lag_ms=300, factor=2)]
    assert samples(metrics, "overlay_lags") == {(): 1}


def test_codes_that_peers_make_up_fill_no_table() -> None:
    metrics = Metrics()
    for number in range(1_000):
        metrics.count(refused(f"made_up_{number}"))
    metrics.count(refused("busy"))

    assert samples(metrics, "overlay_peers_refused") == {("busy",): 1, ("other",): 1_000}


def test_words_of_any_label_are_bounded() -> None:
    metrics = Metrics()
    for number in range(1_000):
        metrics.count(
            EnvelopeAccepted(
                origin="",
                incarnation=Incarnation(1),
                counter=Counter(1),
                leaf=LeafHash(""),
                kind=f"kind_{number}",
            )
        )

    counted = samples(metrics, "overlay_envelopes_accepted")
    assert len(counted) == 65
    assert sum(counted.values()) == 1_000


def test_what_there_is_now_is_told_in_base_units() -> None:
    metrics = Metrics()

    assert samples(metrics, "overlay_loop_lag_seconds") == {(): 0.0025}
    assert samples(metrics, "overlay_certificate_expiry_timestamp_seconds") == {(): 1_800_000_000}
    assert samples(metrics, "overlay_half_open_connections") == {(): 3}
    assert samples(metrics, "overlay_members") == {("true",): 1, ("false",): 0}
    assert list(samples(metrics, "overlay_node_info")) == [(NORTH.id, 'no"rth', "overlay", "tests")]
    assert samples(metrics, "process_resident_memory_bytes")[()] > 0


@pytest.mark.parametrize(("name", "family"), sorted(families(Metrics()).items()))
def test_every_name_follows_the_conventions_and_stands_in_the_operators_guide(
    name: str, family: Metric
) -> None:
    written = f"{name}_total" if family.type == "counter" else name

    assert re.fullmatch(r"(overlay|process)_[a-z_]+", name)
    assert family.documentation
    assert not name.endswith(("_total", "_count", "_ms"))
    if name.startswith("overlay_"):
        assert f"`{written}`" in OPERATORS.read_text(encoding="utf-8")


def test_the_operators_guide_names_nothing_that_is_not_told() -> None:
    text = OPERATORS.read_text(encoding="utf-8")

    named = {each.removesuffix("_total") for each in re.findall(r"`(overlay_[a-z_]+)`", text)}

    assert named == {name for name in families(Metrics()) if name.startswith("overlay_")}
