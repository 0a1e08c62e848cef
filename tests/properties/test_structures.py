"""What structures and chains do for any input, against models too simple to be wrong."""

from random import Random

import networkx
from hypothesis import given, settings
from hypothesis import strategies as some

from overlay.crypto.chains import ReceivingChain, SendingChain
from overlay.crypto.encoding import decode, decode_any, encode
from overlay.crypto.sealing import pad, unpad
from overlay.errors import CannotOpen, ChainGap
from overlay.messages.ids import ClientId, ConversationId
from overlay.structures import merkle
from overlay.structures.graph import cut_places, distances
from overlay.structures.ranges import Ranges
from overlay.structures.timers import Timers
from overlay.structures.window import ReplayWindow, Verdict

SPAN = 8
CONVERSATION = ConversationId(encode(b"C" * 32))
ORIGIN = ClientId(encode(b"O" * 32))
FIRST_KEY = bytes(32)


class WindowModel:
    """Remembers everything."""

    def __init__(self) -> None:
        self.accepted: dict[int, bytes] = {}

    def judge(self, counter: int, mark: bytes) -> Verdict:
        if counter < 1 or counter <= max(self.accepted, default=0) - SPAN:
            return Verdict.REPLAYED
        known = self.accepted.get(counter)
        if known is None:
            return Verdict.FRESH
        return Verdict.DUPLICATE if known == mark else Verdict.REPLAYED


@given(some.lists(some.tuples(some.integers(-2, 40) | some.integers(0, 2**53), some.booleans())))
def test_a_replay_window_judges_like_one_that_remembers_everything(
    offered: list[tuple[int, bool]],
) -> None:
    window, model = ReplayWindow(SPAN), WindowModel()

    for counter, first in offered:
        mark = b"one mark" if first else b"another!"
        verdict = window.judge(counter, mark)
        assert verdict is model.judge(counter, mark)
        if verdict is Verdict.FRESH:
            window.accept(counter, mark)
            model.accepted[counter] = mark


@given(some.lists(some.integers(0, 30)), some.integers(1, 6))
def test_ranges_hold_what_a_set_holds_within_their_bound(
    numbers: list[int], ranges_max: int
) -> None:
    ranges = Ranges(ranges_max)
    model: set[int] = set()

    for number in numbers:
        rows = row_count(model | {number})
        assert ranges.add(number) is (rows <= ranges_max)
        if rows <= ranges_max:
            model.add(number)

    assert {number for number in range(-1, 32) if number in ranges} == model
    assert [n for first, last in ranges.pairs() for n in range(first, last + 1)] == sorted(model)
    assert len(ranges) == row_count(model)
    assert Ranges.of(ranges.pairs(), ranges_max).pairs() == ranges.pairs()


def row_count(numbers: set[int]) -> int:
    return sum(number - 1 not in numbers for number in numbers)


def test_every_leaf_of_every_batch_leads_to_the_root_and_nowhere_else() -> None:
    for size in range(1, 65):
        leaves = [bytes([number + 1]) * 32 for number in range(size)]
        root, paths = merkle.build(leaves)

        for index, (leaf, path) in enumerate(zip(leaves, paths, strict=True)):
            assert len(path) == (size - 1).bit_length()
            assert merkle.root_of(leaf, index, path) == root
            assert merkle.root_of(b"\xff" * 32, index, path) != root
            for other in range(1 << len(path)):
                assert (merkle.root_of(leaf, other, path) == root) is (other == index)


@given(
    some.lists(
        some.tuples(
            some.sampled_from(["set", "cancel", "due"]), some.integers(0, 5), some.integers(0, 20)
        )
    )
)
def test_timers_come_due_like_a_sorted_list(calls: list[tuple[str, int, int]]) -> None:
    timers: Timers[int] = Timers()
    model: dict[int, int] = {}

    for call, key, at_ms in calls:
        if call == "set":
            timers.set(key, at_ms)
            model.pop(key, None)
            model[key] = at_ms
        elif call == "cancel":
            timers.cancel(key)
            model.pop(key, None)
        else:
            expected = sorted(
                (k for k, due in model.items() if due <= at_ms), key=model.__getitem__
            )
            assert timers.due(at_ms) == expected
            model = {k: due for k, due in model.items() if due > at_ms}
        assert timers.next_ms() == min(model.values(), default=None)
        assert len(timers) == len(model)


@given(some.dictionaries(some.integers(0, 8), some.lists(some.integers(0, 8), max_size=4)))
def test_distances_are_those_of_a_search_by_rounds(graph: dict[int, list[int]]) -> None:
    found = distances(0, lambda place: graph.get(place, []))

    reached = {0}
    for steps in range(10):
        assert {place for place, distance in found.items() if distance <= steps} == reached
        reached |= {neighbour for place in reached for neighbour in graph.get(place, [])}


@given(some.integers(1, 12), some.data())
def test_the_places_that_hold_a_graph_together_are_those_of_networkx(
    count: int, data: some.DataObject
) -> None:
    tree = [(data.draw(some.integers(0, place - 1)), place) for place in range(1, count)]
    more = data.draw(some.lists(some.tuples(*[some.integers(0, count - 1)] * 2), max_size=12))
    graph = networkx.Graph([pair for pair in [*tree, *more] if pair[0] != pair[1]])
    graph.add_nodes_from(range(count))

    cuts = cut_places({place: list(graph[place]) for place in graph})

    assert sorted(cuts) == sorted(networkx.articulation_points(graph))
    for place, cut_off in cuts.items():
        rest = graph.subgraph([other for other in graph if other != place])
        parts = [len(part) for part in networkx.connected_components(rest)]
        assert cut_off == len(rest) - max(parts)


@given(some.binary(max_size=100))
def test_bytes_come_back_from_their_text(content: bytes) -> None:
    assert decode_any(encode(content)) == content


@given(some.text("Aw8gQB-_+/=\n é", max_size=24))
def test_a_text_is_either_refused_or_the_only_one_for_its_bytes(text: str) -> None:
    try:
        content = decode(text, len(text) * 3 // 4)
    except ValueError:
        return
    assert encode(content) == text


@given(some.integers(0, 65_532), some.binary(max_size=600))
def test_content_comes_back_from_its_padding(length: int, start: bytes) -> None:
    content = start[:length].ljust(length, b"\x00")

    padded = pad(content)

    assert unpad(padded) == content
    assert len(padded) in {2**power for power in range(8, 17)}
    assert len(padded) == 256 or len(padded) < 2 * (length + 4)


@given(some.binary(max_size=5), some.integers(0, 1_024))
def test_whatever_is_unpadded_is_what_padding_writes(start: bytes, length: int) -> None:
    offered = (b"\x00\x00" + start).ljust(length, b"\x00")

    try:
        content = unpad(offered)
    except CannotOpen:
        return
    assert pad(content) == offered


def a_receiving_chain(skipped_max: int) -> ReceivingChain:
    return ReceivingChain.start(
        network="overlay",
        conversation=CONVERSATION,
        origin=ORIGIN,
        chain=SendingChain("overlay", CONVERSATION, ORIGIN, FIRST_KEY).chain,
        first_key=FIRST_KEY,
        skipped_max=skipped_max,
    )


def sealed_texts(count: int) -> list[tuple[int, bytes]]:
    chain = SendingChain("overlay", CONVERSATION, ORIGIN, FIRST_KEY)
    return [chain.seal(b"text %d" % number) for number in range(1, count + 1)]


@given(some.permutations(range(12)), some.randoms(use_true_random=False))
def test_a_chain_opens_in_any_order_also_when_stored_in_between(
    order: list[int], random: Random
) -> None:
    texts = sealed_texts(12)
    chain = a_receiving_chain(12)

    for place in order:
        if random.random() < 0.3:
            chain = ReceivingChain.restore(chain.snapshot())
        assert chain.open(*texts[place]) == b"text %d" % (place + 1)

    assert chain.opened() == ((1, 12),)
    assert chain.snapshot()["skipped"] == {}


@settings(max_examples=50)
@given(
    some.lists(some.tuples(some.integers(1, 12), some.booleans()), max_size=30),
    some.integers(0, 4),
)
def test_a_chain_opens_each_index_once_and_keeps_no_more_keys_than_its_bound(
    offered: list[tuple[int, bool]], skipped_max: int
) -> None:
    texts = sealed_texts(12)
    chain = a_receiving_chain(skipped_max)
    opened: set[int] = set()

    for index, honest in offered:
        before = chain.snapshot()
        sealed = texts[index - 1][1] if honest else bytes(22)
        try:
            text = chain.open(index, sealed)
        except (CannotOpen, ChainGap):
            assert chain.snapshot() == before
        else:
            assert honest
            assert index not in opened
            assert text == b"text %d" % index
            opened.add(index)
        assert {number for number in range(14) if chain.has_opened(number)} == opened
        assert len(chain.snapshot()["skipped"]) <= skipped_max
