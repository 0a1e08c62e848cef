"""What a node does with anything that anybody may say to it: never raise, never break a limit.

The harness checks after every event that the node rests once it was woken,
and that every frame which it sends keeps to the limits of a frame.
"""

from dataclasses import replace
from random import Random

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some
from hypothesis.strategies import SearchStrategy

from overlay.messages.clients import Submit
from overlay.messages.gossip import Push
from overlay.messages.links import Heartbeat
from overlay.messages.routing import Relay, Spread
from overlay.messages.signed import Signed
from overlay.messages.union import Message
from overlay.peering.events import CloseReason
from overlay.peering.statements import Signer
from overlay.wire.codec import encode_frame
from tests.protocol.harness import NodeUnderTest, Peer, a_node
from tests.support.people import NETWORK
from tests.support.strategies import ANYTHING, CHANNEL_NAMES, Drawn, messages, statements
from tests.support.town import FAR, MALICE, MALLORY, NORTH, SOUTH, WEST, Town

KEYS = [SOUTH.key, WEST.key, MALLORY.key, MALLORY.account, MALICE.key, MALICE.account, FAR.key]

MEANT = Drawn(
    ids=some.sampled_from(
        [
            *(each.id for each in (NORTH, SOUTH, WEST, FAR, MALLORY, MALICE)),
            *(MALLORY.account_id, MALICE.account_id, MALLORY.bundle().leaf),
        ]
    ),
    counts=some.sampled_from([0, 1, 2, 3, 2**53 - 1]),
    numbers=some.sampled_from([1, 2, 3, 4, 2**53 - 1]),
    names=some.sampled_from(["mallory", "malice", "north", "south"]),
    channels=some.just("garden") | CHANNEL_NAMES,
)

TRULY_SIGNED: SearchStrategy[Signed] = some.one_of(
    [
        statements(key.id, MEANT).map(
            lambda value, key=key: Signer(key, NETWORK).sign_one(value).signed  # type: ignore[misc]
        )
        for key in KEYS
    ]
)
USUAL = [
    MALLORY.account_record().signed,
    MALICE.account_record().signed,
    *(
        MALLORY.presence(home.id, counter=number).signed
        for home in (NORTH, SOUTH)
        for number in (1, 2)
    ),
    MALICE.presence(SOUTH.id, counter=1).signed,
    MALLORY.bundle().signed,
    SOUTH.slot(0, MALLORY.presence(SOUTH.id, counter=1)).signed,
    SOUTH.record(links=(NORTH.id, FAR.id), neighbours=(NORTH.id, FAR.id)).signed,
    FAR.record(links=(SOUTH.id,), neighbours=(SOUTH.id,)).signed,
    MALLORY.message_to(MALICE, counter=5).signed,
    MALLORY.chain_start_for(MALICE).signed,
    MALICE.receipt_for(MALLORY, (0, 2**32)).signed,
    MALLORY.says_on("garden", "hello", counter=6).signed,
]
HOSTILE = replace(MEANT, signed=TRULY_SIGNED | some.sampled_from(USUAL))

MESSAGES = messages(HOSTILE) | messages(ANYTHING)
FRAMES = some.lists(MESSAGES, min_size=1, max_size=6)
REASONS: SearchStrategy[CloseReason] = some.sampled_from(["reset", "orderly", "stalled"])
WHO = some.sampled_from(["stranger", "client", "attached", "south", "west", "dialled"])


def numbered(peer: Peer, frame: list[Message]) -> list[Message]:
    """The same messages, with the numbers that are due, so that they are looked at."""
    return [
        replace(message, number=peer.next_number())
        if isinstance(message, Submit | Relay | Spread)
        else message
        for message in frame
    ]


@given(some.lists(some.tuples(WHO, some.binary(max_size=120)), max_size=8))
def test_no_bytes_make_a_node_raise(said: list[tuple[str, bytes]]) -> None:
    """docs/protocol.md, section 1.2: on a link in any phase."""
    town = Town()

    for who, data in said:
        town.link(who).says_bytes(data)

    assert town.goes_on()


@given(some.lists(some.tuples(WHO, FRAMES, some.integers(0, 2**30)), max_size=8))
def test_no_damaged_frame_makes_a_node_raise(said: list[tuple[str, list[Message], int]]) -> None:
    """docs/protocol.md, section 1.2."""
    town = Town()

    for who, frame, seed in said:
        data = bytearray(encode_frame(*frame))
        random = Random(seed)
        for _ in range(random.randrange(4)):
            data[random.randrange(len(data))] = random.randrange(256)
        town.link(who).says_bytes(bytes(data))

    assert town.goes_on()


STEPS = some.lists(
    some.tuples(WHO, FRAMES, some.booleans(), some.sampled_from([0, 0, 10, 300, 1_500])),
    max_size=12,
)


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(STEPS, some.lists(REASONS, min_size=3, max_size=3))
def test_no_messages_make_a_node_raise_or_harm_anybody_else(
    steps: list[tuple[str, list[Message], bool, int]], reasons: list[CloseReason]
) -> None:
    """docs/protocol.md, sections 1.2, 2.4 and 11: signed by whom they say, or by nobody."""
    town = Town()

    for who, frame, is_numbered, wait_ms in steps:
        peer = town.link(who)
        peer.says(*(numbered(peer, frame) if is_numbered else frame))
        town.north.passes(wait_ms)
    for who, reason in zip(("south", "attached", "client"), reasons, strict=True):
        town.link(who).ends(reason)
    town.north.passes(3_000)

    assert town.at_alice.is_open
    assert town.goes_on()
    assert town.north.node.snapshot().name == "north"


@given(some.lists(TRULY_SIGNED, min_size=1, max_size=20))
def test_no_records_of_a_neighbour_make_a_node_raise(records: list[Signed]) -> None:
    """docs/protocol.md, sections 4.3 and 5.5: nor its own record be doubted."""
    north: NodeUnderTest = a_node(neighbours=[SOUTH])
    south = north.linked(SOUTH)

    south.says(Push(tuple(records)), Heartbeat(wants_echo=True))
    north.passes(2_000)

    assert south.hears_all(Heartbeat) != []
    assert north.incarnation == 1
