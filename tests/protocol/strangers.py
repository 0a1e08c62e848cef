"""Peers that have yet to say who they are."""

import json

from overlay.messages.links import Hello
from tests.protocol.harness import NodeUnderTest, Peer
from tests.support.farend import FarEnd
from tests.support.people import NETWORK, a_client, hash_of

ALICE = a_client("alice")


def hello_with(**changes: object) -> Hello:
    """A client's hello, changed."""
    text = {
        "versions": [1],
        "suites": [],
        "role": "client",
        "end": "dialler",
        "key": ALICE.id,
        "incarnation": 1,
        "network": NETWORK,
        "admission": "listed",
        "challenge": hash_of("fresh"),
        "software": "a test",
    }
    return Hello(json.dumps(text | changes))


def a_mute_client(north: NodeUnderTest) -> tuple[Peer, FarEnd, Hello]:
    """A link on which only the node has spoken; and what a client would do with its hello."""
    peer = north.accepts(FarEnd(ALICE, dials=True, is_mute=True))
    return peer, FarEnd(ALICE, dials=True), peer.hears_one(Hello)
