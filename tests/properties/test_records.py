"""Records merge to the same state whatever the order and the batches in which they arrive."""

from dataclasses import dataclass
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as some

from overlay import limits
from overlay.messages.clients import People, Watch
from overlay.messages.gossip import Push
from overlay.messages.links import Heartbeat
from overlay.messages.signed import Signed
from overlay.peering.statements import Verified
from overlay.wire.signed import Signable
from tests.protocol.harness import NodeUnderTest, a_node
from tests.support.farend import FarEnd, exchange
from tests.support.people import ClientKeys, NodeKeys, a_client, a_node_called, with_fields

NORTH = a_node_called("north")
SOUTH, WEST, EAST, FAR = (a_node_called(name) for name in ("south", "west", "east", "far"))
NODES = (SOUTH, WEST, EAST, FAR)
ALICE, ALICES_PHONE, BOB = a_client("alice"), a_client("alice", "phone"), a_client("bob")
CLIENTS = (ALICE, ALICES_PHONE, BOB)


def of_nodes(node: NodeKeys) -> list[Verified[Signable]]:
    """Records with different links and neighbours, of two incarnations."""
    near = [NORTH.id, *(other.id for other in NODES if other is not node)]
    return [
        node.record(
            version=version,
            incarnation=incarnation,
            links=tuple(near[3 - version :]),
            neighbours=tuple(near[:size]),
        )
        for incarnation in (1, 2)
        for version, size in ((1, 1), (2, 3), (3, 4))
    ]


def of_clients(client: ClientKeys) -> list[Verified[Signable]]:
    """Presences at two homes, and slots that name them, other ones, or nobody."""
    number = CLIENTS.index(client)
    records: list[Verified[Signable]] = []
    for counter, (home, incarnation) in enumerate(
        [(SOUTH, 1), (SOUTH, 2), (WEST, 1), (WEST, 2)], start=1
    ):
        presence = client.presence(home.id, incarnation, counter=counter)
        records += [
            presence,
            home.slot(number, presence, version=1, incarnation=incarnation),
            home.slot(number, None, version=2, incarnation=incarnation),
            home.slot(number, presence, version=2 + counter, incarnation=incarnation),
        ]
    return records


def of_accounts() -> list[Verified[Signable]]:
    """Versions of the account records, some of which list, revoke or forget clients."""
    both = (ALICE.id, ALICES_PHONE.id)
    return [
        ALICE.account_record(version=1),
        ALICE.account_record(version=2, clients=both),
        ALICE.account_record(version=3, clients=both, revoked=(ALICE.id,)),
        ALICE.account_record(version=3, clients=both, name="alice two"),
        BOB.account_record(version=1, clients=(ALICE.id,)),
        BOB.account_record(version=2),
    ]


POOL: list[Signed] = [
    record.signed
    for records in (
        *(of_nodes(node) for node in NODES),
        *(of_clients(client) for client in CLIENTS),
        of_accounts(),
    )
    for record in records
]
POOL.append(with_fields(ALICE.account_record(version=2), ALICE.account, colour="red"))


@dataclass(frozen=True)
class State:
    """What follows from the records that a node holds."""

    told: frozenset[Signed]
    members: frozenset[str]
    alive: frozenset[str]
    people: frozenset[tuple[Signed, frozenset[Signed]]]
    reachable: int


def state_of(north: NodeUnderTest) -> State:
    """Everything that the node would tell a neighbour and a client, and whom it thinks alive."""
    status = north.node.snapshot()
    client = north.client(a_client("whoever asks"))
    client.says(Watch(request=1, accounts=None))
    people = [person for told in client.hears_all(People) for person in told.people]
    watching = north.accepts(FarEnd(a_node_called("watching"), dials=True))
    told = watching.is_told_everything()
    return State(
        told=frozenset(record for record in told if record.signer != NORTH.id),
        members=frozenset(member.id for member in status.members),
        alive=frozenset(member.id for member in status.members if member.is_alive),
        people=frozenset(
            (person.account, frozenset(present.presence for present in person.present))
            for person in people
            if person.present
        ),
        reachable=status.clients_reachable,
    )


def after(batches: list[list[Signed]]) -> State:
    """The state of a node that has heard these batches from its neighbour."""
    north = a_node(neighbours=[SOUTH, a_node_called("watching")])
    south = north.accepts(FarEnd(SOUTH, dials=True))
    south.says(*exchange())
    for batch in batches:
        south.says(Push(tuple(batch)))
    # Whether a neighbour is believed again that has named us, not, and again, is a matter of time.
    for _ in range(2 * limits.NAMED_AGAIN_MS // limits.HEARTBEAT_NODE_MS):
        north.passes(limits.HEARTBEAT_NODE_MS)
        south.says(Heartbeat())
    return state_of(north)


def in_batches(records: list[Signed], random: Random) -> list[list[Signed]]:
    """The records in another order, some of them twice, cut into batches at random."""
    shuffled = records + random.sample(records, len(records) // 3)
    random.shuffle(shuffled)
    batches: list[list[Signed]] = []
    while shuffled:
        size = random.randint(1, 8)
        batches.append(shuffled[:size])
        shuffled = shuffled[size:]
    return batches


RECORDS = some.lists(some.sampled_from(POOL), min_size=1, max_size=len(POOL), unique=True)


@settings(max_examples=60)
@given(RECORDS, some.integers(0, 2**30))
def test_records_merge_to_the_same_state_in_any_order_and_any_batches(
    records: list[Signed], seed: int
) -> None:
    """docs/protocol.md, sections 5.1, 5.3, 5.4 and 5.6."""
    random = Random(seed)

    assert after(in_batches(records, random)) == after([[record] for record in records])


@settings(max_examples=20)
@given(some.integers(0, 2**30))
def test_all_the_records_at_once_merge_to_the_same_state(seed: int) -> None:
    """docs/protocol.md, sections 5.1, 5.3, 5.4 and 5.6."""
    state = after(in_batches(POOL, Random(seed)))

    assert state == after([[record] for record in POOL])
    assert len(state.members) > 3
    assert state.people != frozenset()


@settings(max_examples=30)
@given(RECORDS)
def test_what_a_node_tells_makes_another_one_know_the_same(records: list[Signed]) -> None:
    """docs/protocol.md, section 5.5: a complete exchange is complete."""
    state = after([[record] for record in records])

    assert after([[record] for record in state.told]) == state
