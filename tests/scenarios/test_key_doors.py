"""Every door at which a key can enter refuses those that anybody can sign with.

docs/protocol.md, section 3.4. Small order, not canonical, outside the main subgroup:

- a hello: at a listener in `tests/protocol/test_03_signed.py`, at who dials here
- a record, an envelope on its way, an account that certifies: `test_03_signed.py`
- a record, a bundle that a home asked for, and who a client is told of: here
- a neighbours file, and an id that a person writes: here
- the curve half of a sealing key, and of a sealed text: `tests/unit/crypto/test_sealing.py`
- the page, which has one reader for all of its doors: `overlay/web/tests/protocol/keys.test.ts`,
  and for sealing keys and sealed texts: `overlay/web/tests/protocol/wycheproof.test.ts`

Seeds of private keys, in files and from the disk, make good keys whatever they are.
"""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from overlay.client.facts import AttachRefused, HomeMisbehaved
from overlay.config import read_node_file
from overlay.core.facts import NeighbourPinned
from overlay.errors import BadKey, ConfigError
from overlay.messages.clients import People, Person
from overlay.messages.envelopes import BundleAnswer
from overlay.messages.ids import Counter
from overlay.messages.links import Hello
from overlay.messages.signed import Signed
from overlay.sdk.addresses import read_account
from tests.protocol.harness import a_node, at
from tests.support.farend import FarEnd
from tests.support.people import a_client, a_node_called, salt_of
from tests.unit.client.friends import a_friend
from tests.unit.client.harness import ClientUnderTest, attached
from tests.unit.client.homes import ScriptedHome
from tests.unit.core.stages.parts import NORTH, SOUTH, assembled, knows, vouch_for_all

BOB = a_client("bob")
SIGNED_BY_ANYBODY = "AQ" + "A" * 84
"""R is the identity and S zero: valid under keys of small order, for who takes such keys."""

_KEYS = json.loads((Path(__file__).parents[1] / "vectors" / "refused_keys.json").read_text("utf-8"))
POINTS = {
    case["name"]: case["key"] for case in _KEYS["keys"] if not case["name"].startswith("text")
}
each_point = pytest.mark.parametrize("key", POINTS.values(), ids=POINTS.keys())


def keyless(signed: Signed, key: str) -> Signed:
    """The same, said by a key under which anyone can sign."""
    text = signed.signed.replace(signed.signer, key, 1)
    return replace(signed, signer=key, signed=text, signature=SIGNED_BY_ANYBODY, path=(), index=0)


def hello_of(far_end: FarEnd, key: str) -> Hello:
    """What somebody with this key would say."""
    (hello,) = far_end.handshake.opening()
    return Hello(hello.text.replace(far_end.who.id, key))


@each_point
def test_a_node_that_dials_refuses_such_a_listener_and_pins_nothing(key: str) -> None:
    south = a_node_called("south")
    north = a_node(neighbours=[at(south.address)])
    far_end = FarEnd(south, dials=False)
    peer = north.reaches(south.address, FarEnd(south, dials=False, is_mute=True))

    peer.says(hello_of(far_end, key))

    assert peer.is_refused() == peer.close_code == "bad_key"
    assert north.facts_of(NeighbourPinned) == []


@each_point
def test_a_client_refuses_such_a_home(key: str) -> None:
    home = ScriptedHome()
    home.far_end.is_mute = True
    alice = ClientUnderTest()
    alice.reaches(home)

    alice.hears(home, hello_of(FarEnd(home.keys, dials=False), key))

    assert [fact.code for fact in alice.told(AttachRefused)] == ["bad_key"]


@each_point
def test_a_home_takes_no_bundle_of_such_a_key(key: str) -> None:
    parts = assembled(SOUTH)
    vouch_for_all(parts, (NORTH, SOUTH))
    knows(parts, *SOUTH.serving(BOB))
    answer = BundleAnswer(
        signer=SOUTH.id,
        salt=salt_of("answer"),
        incarnation=SOUTH.incarnation,
        counter=Counter(1),
        recipients=(NORTH.id,),
        client=BOB.id,
        bundle=keyless(BOB.bundle().signed, key),
    )

    with pytest.raises(BadKey):
        parts.people.on_bundle(answer, parts.verification.reader)


@each_point
@pytest.mark.parametrize("place", ["account", "presence", "bundle"])
def test_a_client_is_told_of_nobody_with_such_a_key(place: str, key: str) -> None:
    bob, north = a_friend("bob"), ScriptedHome()
    north.knows(bob)
    (person,) = north.people.values()
    (present,) = person.present
    assert present.bundle is not None
    told = {
        "account": Person(keyless(person.account, key), person.present),
        "presence": Person(
            person.account, (replace(present, presence=keyless(present.presence, key)),)
        ),
        "bundle": Person(person.account, (replace(present, bundle=keyless(present.bundle, key)),)),
    }[place]
    alice = attached()

    alice.hears(alice.homes[max(alice.homes)], People((told,)))

    assert [fact.code for fact in alice.told(HomeMisbehaved)] == ["bad_key"]


@each_point
def test_a_neighbours_file_names_no_such_key(tmp_path: Path, key: str) -> None:
    path = tmp_path / "neighbours.json"
    entry = {"name": "north", "listen": "127.0.0.1:7701", "neighbours": [{"id": key}]}
    path.write_text(json.dumps(entry), encoding="utf-8")

    with pytest.raises(ConfigError) as refusal:
        read_node_file(path)

    assert refusal.value.where == f"{path}: neighbours[0].id"


@each_point
def test_nobody_is_written_to_by_such_an_id(key: str) -> None:
    assert read_account(BOB.account_id) == BOB.account_id
    assert read_account(key) is None
