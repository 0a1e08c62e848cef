"""S12: no secret gets to where others can see it, or the checker tells where."""

from collections.abc import Callable

import pytest

from overlay.client import effects as client_effects
from overlay.client.facts import MessageArrived
from overlay.core.facts import StoreTrouble
from overlay.crypto.encoding import encode
from overlay.messages.links import Refusal
from overlay.peering.effects import Persist, Send
from overlay.peering.events import LinkId
from overlay.peering.rows import Row
from overlay.wire.codec import encode_frame, read_json, write_json
from simulations.checkers.secrets import SecretsChecker
from simulations.machines import Event
from tests.simulations.doubles import Tamper, Tampering, TamperingNode
from tests.simulations.small import a_run, broken
from tests.simulations.tampers import Effects, saying_too, told_otherwise


@pytest.mark.parametrize("offset", [0, 1, 2])
def test_s12_catches_a_node_that_gives_away_its_key(offset: int) -> None:
    run = a_run()
    leak = encode(bytes(offset) + run.nodes[0].key.seed + b"and more")

    run.nodes[0].disguise = lambda node: TamperingNode(node, saying_too(leak))
    run.play()

    assert broken(run) == ["S12"]


def test_s12_catches_a_client_that_gives_away_a_key_which_it_made_itself() -> None:
    run = a_run()
    run.people[0].disguise = lambda client: Tampering(client, publishing_keys())
    run.play()

    assert broken(run) == ["S12"]


def publishing_keys() -> Tamper:
    seeds: list[str] = []

    def tamper(event: Event, effects: Effects) -> Effects:
        for effect in effects:
            if isinstance(effect, Persist):
                seeds.extend(seed_of(row) for row in effect.rows if row.table == "sealing_keys")
        return saying_too(seeds[0])(event, effects) if seeds else effects

    return tamper


def seed_of(row: Row) -> str:
    fields = read_json(row.value)
    assert isinstance(fields, dict)
    return str(fields["seed"])


def test_s12_catches_a_client_that_sends_what_it_was_shown() -> None:
    run = a_run()

    def indiscreet(event: Event, effects: Effects) -> Effects:
        for effect in effects:
            match effect:
                case client_effects.Report(MessageArrived(text=text)):
                    frame = encode_frame(Refusal(code="busy", detail=text[:200]))
                    return [*effects, Send(LinkId(1), frame)]
                case _:
                    pass
        return effects

    run.people[0].disguise = lambda client: Tampering(client, indiscreet)
    run.play()

    assert broken(run) == ["S12"]


def test_s12_catches_a_node_that_writes_a_secret_to_its_disk_or_into_a_report() -> None:
    for tamper in (noting, reporting):
        run = a_run()
        seed = run.people[0].identity.key.seed
        node = run.nodes[0]
        node.disguise = lambda inside, tamper=tamper, seed=seed: TamperingNode(  # type: ignore[misc]  # bound to this run's
            inside, tamper(seed)
        )
        run.play()

        assert broken(run) == ["S12"]


def noting(secret: bytes) -> Tamper:
    def tamper(_: Event, effects: Effects) -> Effects:
        row = Row(table="notes", key="secret", value=secret)
        return [
            Persist([*effect.rows, row], effect.ticket) if isinstance(effect, Persist) else effect
            for effect in effects
        ]

    return tamper


def reporting(secret: bytes) -> Tamper:
    fact = StoreTrouble(reason=encode(secret))
    return told_otherwise(lambda each: [each, fact])


@pytest.mark.parametrize("wrap", [bytes, lambda secret: encode(secret).encode()])
def test_s12_finds_a_key_wherever_it_stands(wrap: Callable[[bytes], bytes]) -> None:
    run = a_run()
    node, person = run.nodes[0], run.people[0]
    secret = bytes(range(32))
    key = Row(table="sealing_keys", key="1", value=write_json({"seed": encode(secret)}))

    for before in range(2 * len(secret)):
        checker = SecretsChecker()
        checker.on_rows(person, [key], 1)
        checker.on_rows(node, [Row(table="notes", key="n", value=bytes(before) + wrap(secret))], 2)
        checker.search(3)

        assert len(checker.violations) == 1


def test_s12_does_not_mind_half_a_key() -> None:
    run = a_run()
    secret = bytes(range(32))
    checker = SecretsChecker()
    key = Row(table="sealing_keys", key="1", value=write_json({"seed": encode(secret)}))
    checker.on_rows(run.people[0], [key], 1)

    checker.on_rows(run.nodes[0], [Row(table="notes", key="n", value=secret[:31])], 2)
    checker.search(3)

    assert checker.violations == []
