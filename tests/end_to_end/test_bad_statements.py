"""What is forged, replayed or somebody else's is refused by its code, and the link stays."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace

import pytest

from overlay.messages.clients import Attach, Deliver, Done, Join, Submit
from overlay.messages.ids import Incarnation
from overlay.messages.links import Ack, Hello, Proof, Refusal
from overlay.messages.routing import Relay
from overlay.messages.signed import Signed
from overlay.nodes.local import LocalNode, LocalOverlay
from tests.end_to_end.overlays import lasting_overlay
from tests.end_to_end.people import Person, assert_undisturbed, everybody_attached
from tests.end_to_end.strangers import Stranger, stranger_at
from tests.support.farend import FarEnd
from tests.support.people import ClientKeys, a_client, a_node_called, signed_text


@pytest.fixture(scope="module")
def overlay() -> Iterator[LocalOverlay]:
    with lasting_overlay(2, "line") as overlay:
        yield overlay


@pytest.fixture
def north(overlay: LocalOverlay) -> LocalNode:
    return overlay.nodes[0]


@pytest.fixture
async def pair(overlay: LocalOverlay) -> AsyncIterator[list[Person]]:
    """Two people who talk after whatever a stranger did."""
    north, south = overlay.nodes
    async with everybody_attached(("bob", north), ("carol", south)) as people:
        yield people


@pytest.fixture
def mallory(request: pytest.FixtureRequest) -> ClientKeys:
    """A person of the test's own: nodes remember the counters of others."""
    return replace(a_client(f"mallory of {request.node.name}"), name="mallory")


@pytest.fixture
def victim(request: pytest.FixtureRequest) -> ClientKeys:
    return replace(a_client(f"victim of {request.node.name}"), name="victim")


async def submits(stranger: Stranger, envelope: Signed) -> Refusal | Ack:
    """Submit an envelope; returns what the node says to it."""
    number = stranger.next_number()
    await stranger.says(Submit(number=number, envelope=envelope))
    return await stranger.hears_answer_to(number)


# Whose key, whose presence.


async def test_a_client_that_claims_anothers_key_is_refused_as_wrong_proof(
    north: LocalNode, pair: list[Person], mallory: ClientKeys, victim: ClientKeys
) -> None:
    """docs/protocol.md, section 2.2."""
    theirs, own = FarEnd(victim, dials=True), FarEnd(mallory, dials=True)

    async with stranger_at(north.endpoint) as stranger:
        hello = await stranger.hears(Hello)
        claim, _ = theirs.on_message(hello)
        _, proof = own.on_message(hello)
        assert isinstance(proof, Proof)
        await stranger.says(claim, proof)
        end = await stranger.hears_the_end()

    assert (end.reason, end.refusals) == ("wrong_proof", ("wrong_proof",))
    await assert_undisturbed(pair)


async def test_a_node_that_no_neighbours_file_names_is_refused(
    north: LocalNode, pair: list[Person]
) -> None:
    """docs/protocol.md, section 4.2."""
    async with stranger_at(north.endpoint) as stranger:
        far_end = FarEnd(a_node_called("nowhere"), dials=True)
        await stranger.says(*far_end.on_message(await stranger.hears(Hello)))
        end = await stranger.hears_the_end()

    assert (end.reason, end.refusals) == ("not_a_neighbour", ("not_a_neighbour",))
    await assert_undisturbed(pair)


async def test_a_presence_for_anothers_client_is_refused_as_not_yours(
    north: LocalNode, pair: list[Person], mallory: ClientKeys, victim: ClientKeys
) -> None:
    """docs/protocol.md, section 8.1."""
    bob, _ = pair

    async with stranger_at(north.endpoint) as stranger:
        await stranger.enters(mallory)
        await stranger.says(victim.attach_at(north.id))
        refusal = await stranger.hears(Refusal)
        await stranger.says(mallory.attach_at(north.id, request=2))
        done = await stranger.hears(Done)

    assert (refusal.code, refusal.request) == ("not_yours", 1)
    assert done == Done(2)
    assert bob.client.person(victim.account_id) is None
    await assert_undisturbed(pair)


async def test_a_client_that_its_account_does_not_list_is_not_certified(
    north: LocalNode, pair: list[Person], mallory: ClientKeys, victim: ClientKeys
) -> None:
    """docs/protocol.md, section 8.1."""
    impostor = replace(mallory, account=victim.account)
    attach = impostor.attach_at(north.id)
    claim = Attach(
        request=1,
        presence=attach.presence,
        account=victim.account_record().signed,
        bundle=attach.bundle,
    )

    async with stranger_at(north.endpoint) as stranger:
        await stranger.enters(impostor)
        await stranger.says(claim)
        refusal = await stranger.hears(Refusal)

    assert (refusal.code, refusal.request) == ("not_certified", 1)
    await assert_undisturbed(pair)


# Envelopes.


async def test_a_forged_envelope_is_refused(
    north: LocalNode, pair: list[Person], mallory: ClientKeys, victim: ClientKeys
) -> None:
    """docs/protocol.md, section 7.3."""
    said = mallory.message_to(victim).signed
    forged = replace(said, signed=said.signed.replace('"body":"Body"', '"body":"Lies"'))
    assert forged != said

    async with stranger_at(north.endpoint) as stranger:
        await stranger.attaches(mallory, north.id)
        refusal = await submits(stranger, forged)

    assert isinstance(refusal, Refusal)
    assert (refusal.code, refusal.number) == ("bad_signature", 1)
    await assert_undisturbed(pair)


async def test_an_envelope_of_another_client_is_not_yours(
    north: LocalNode, pair: list[Person], mallory: ClientKeys, victim: ClientKeys
) -> None:
    """A true one, as a node on the way sees it. docs/protocol.md, section 7.3."""
    seen = victim.message_to(mallory).signed

    async with stranger_at(north.endpoint) as stranger:
        await stranger.attaches(mallory, north.id)
        refusal = await submits(stranger, seen)

    assert isinstance(refusal, Refusal)
    assert (refusal.code, refusal.number) == ("not_yours", 1)
    await assert_undisturbed(pair)


async def test_the_same_envelope_again_is_acked_and_goes_no_further(
    overlay: LocalOverlay, pair: list[Person], mallory: ClientKeys, victim: ClientKeys
) -> None:
    """docs/protocol.md, section 7.2."""
    north, south = overlay.nodes
    first, last = (mallory.says_on("town", text).signed for text in ("first", "last"))

    async with stranger_at(north.endpoint) as stranger, stranger_at(south.endpoint) as listener:
        await listener.attaches(victim, south.id)
        await listener.says(Join(request=2, channel="town"))
        await listener.hears(Done)
        await stranger.attaches(mallory, north.id)
        answers = [await submits(stranger, said) for said in (first, first, last)]
        heard = [await listener.hears(Deliver) for _ in range(2)]

    assert answers == [Ack(1), Ack(2), Ack(3)]
    assert [deliver.envelope for deliver in heard] == [first, last]
    await assert_undisturbed(pair)


async def test_another_envelope_under_a_used_counter_is_replayed(
    north: LocalNode, pair: list[Person], mallory: ClientKeys
) -> None:
    """docs/protocol.md, section 7.2."""
    async with stranger_at(north.endpoint) as stranger:
        await stranger.attaches(mallory, north.id)
        first = await submits(stranger, mallory.says_on("town", "first", counter=7).signed)
        refusal = await submits(stranger, mallory.says_on("town", "second", counter=7).signed)

    assert first == Ack(1)
    assert isinstance(refusal, Refusal)
    assert (refusal.code, refusal.number) == ("replayed", 2)
    await assert_undisturbed(pair)


async def test_an_envelope_of_another_incarnation_is_refused(
    north: LocalNode, pair: list[Person], mallory: ClientKeys
) -> None:
    """docs/protocol.md, section 7.2."""
    earlier = replace(mallory).says_on("town", "from an earlier run").signed
    later = replace(mallory, incarnation=Incarnation(mallory.incarnation + 1))

    async with stranger_at(north.endpoint) as stranger:
        await stranger.attaches(later, north.id)
        refusal = await submits(stranger, earlier)

    assert isinstance(refusal, Refusal)
    assert (refusal.code, refusal.number) == ("old_incarnation", 1)
    await assert_undisturbed(pair)


async def test_a_message_to_nobody_is_refused(
    north: LocalNode, pair: list[Person], mallory: ClientKeys, victim: ClientKeys
) -> None:
    """docs/protocol.md, section 7.3."""
    async with stranger_at(north.endpoint) as stranger:
        await stranger.attaches(mallory, north.id)
        refusal = await submits(stranger, mallory.message_to(victim).signed)

    assert isinstance(refusal, Refusal)
    assert (refusal.code, refusal.number) == ("unknown_recipient", 1)
    await assert_undisturbed(pair)


async def test_a_text_that_contradicts_its_signer_is_a_mismatch(
    north: LocalNode, pair: list[Person], mallory: ClientKeys, victim: ClientKeys
) -> None:
    """Truly signed by mallory, in the victim's name inside. docs/protocol.md, section 3.1."""
    said = victim.says_on("town", "what I never said").signed

    async with stranger_at(north.endpoint) as stranger:
        await stranger.attaches(mallory, north.id)
        refusal = await submits(stranger, signed_text(mallory.key, "channel", said.signed))

    assert isinstance(refusal, Refusal)
    assert (refusal.code, refusal.number) == ("mismatch", 1)
    await assert_undisturbed(pair)


# Out of place.


async def test_a_client_that_speaks_as_a_node_is_unexpected(
    north: LocalNode, pair: list[Person], mallory: ClientKeys, victim: ClientKeys
) -> None:
    """docs/protocol.md, section 11."""
    relay = Relay(
        number=1,
        envelope=mallory.message_to(victim).signed,
        keeper=north.id,
        home=north.id,
        attempt=1,
        budget=8,
    )

    async with stranger_at(north.endpoint) as stranger:
        await stranger.attaches(mallory, north.id)
        await stranger.says(relay)
        end = await stranger.hears_the_end()

    assert (end.reason, end.refusals) == ("unexpected", ("unexpected",))
    await assert_undisturbed(pair)


async def test_numbers_with_a_gap_are_unexpected(
    north: LocalNode, pair: list[Person], mallory: ClientKeys
) -> None:
    """docs/protocol.md, section 1.4."""
    async with stranger_at(north.endpoint) as stranger:
        await stranger.attaches(mallory, north.id)
        await stranger.says(Submit(number=2, envelope=mallory.says_on("town", "hello").signed))
        end = await stranger.hears_the_end()

    assert end.reason == "unexpected"
    await assert_undisturbed(pair)
