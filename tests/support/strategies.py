"""What Hypothesis draws: every message and every signed text, within the bounds of the wire."""

from dataclasses import dataclass
from typing import cast

from hypothesis import strategies as some
from hypothesis.strategies import SearchStrategy

from overlay import limits
from overlay.crypto.encoding import encode
from overlay.messages import clients, envelopes, gossip, links, records, routing
from overlay.messages.ids import Order
from overlay.messages.signed import Signed
from overlay.messages.union import Message
from overlay.wire.signed import Signable


def base64url(size_bytes: int) -> SearchStrategy[str]:
    """Bytes as they travel."""
    return some.binary(min_size=size_bytes, max_size=size_bytes).map(encode)


IDS = base64url(32)
COUNTS = some.integers(0, limits.INTEGER_MAX)
NUMBERS = some.integers(1, limits.INTEGER_MAX)
TEXTS = some.text(some.characters(exclude_categories=["Cs"]), max_size=40)
LABELS = some.from_regex(r"[a-z0-9_-]{1,32}", fullmatch=True)
NAMES = some.text(some.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=64)
CHANNEL_NAMES = some.from_regex(r"[^\s\x00-\x1f\x7f#\ud800-\udfff]{1,64}", fullmatch=True)
ADDRESSES = some.from_regex(r"wss?://[a-z0-9.:\[\]/é\"\\-]{1,100}", fullmatch=True)


def several(item: SearchStrategy[object], size: int = 3, least: int = 0) -> SearchStrategy[object]:
    """A short tuple."""
    return some.lists(item, min_size=least, max_size=size).map(tuple)


RECORD_CHARACTERS = 250
"""The records of people are longer. Frames full of shorter texts would have more keys than a
frame may have."""

SIGNED = some.builds(
    Signed,
    kind=LABELS,
    signer=IDS,
    signed=some.text(some.characters(exclude_categories=["Cs"]), min_size=2, max_size=60).map(
        lambda text: text.ljust(RECORD_CHARACTERS, ".")
    ),
    signature=base64url(64),
    index=some.integers(0, 63),
    path=several(IDS, 6),
)
MAYBE_SIGNED = some.none() | SIGNED
HELLO_TEXTS = some.text(some.characters(exclude_categories=["Cs"]), min_size=2, max_size=100)

HOME = some.builds(links.Home, id=IDS, name=NAMES, address=ADDRESSES)
LINK_LIMITS = some.builds(
    links.LinkLimits,
    frame_bytes=NUMBERS,
    frame_envelopes=NUMBERS,
    credit_envelopes=NUMBERS,
    credit_bytes=NUMBERS,
    heartbeat_ms=some.integers(100, 3_600_000),
)
PREFIXES = some.from_regex(r"[A-Za-z0-9_-]{0,2}", fullmatch=True)
DIGEST_PART = some.builds(
    gossip.DigestPart,
    prefix=PREFIXES,
    count=COUNTS,
    leaves=several(IDS),
    parts=some.dictionaries(PREFIXES, IDS, max_size=3),
)
PRESENT = some.builds(
    clients.Present, presence=SIGNED, home_name=some.none() | NAMES, bundle=MAYBE_SIGNED
)
PERSON = some.builds(clients.Person, account=SIGNED, present=several(PRESENT))
REASONS = some.sampled_from(["away", "no_way", "busy", "quota", "expired", "resting"])
RETURNS = some.sampled_from(["no_way", "not_here", "busy"])


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """From what the parts of messages are drawn: anything at all, or what means something."""

    ids: SearchStrategy[str] = IDS
    counts: SearchStrategy[int] = COUNTS
    numbers: SearchStrategy[int] = NUMBERS
    names: SearchStrategy[str] = NAMES
    channels: SearchStrategy[str] = CHANNEL_NAMES
    signed: SearchStrategy[Signed] = SIGNED


ANYTHING = Drawn()


def messages_by_type(drawn: Drawn = ANYTHING) -> dict[type, SearchStrategy[object]]:
    """How to draw each message."""
    return _on_links(drawn) | _between_nodes(drawn) | _to_nodes(drawn) | _to_clients(drawn)


def messages(drawn: Drawn = ANYTHING) -> SearchStrategy[Message]:
    """Any message, each type as likely as any other."""
    return cast(SearchStrategy[Message], some.one_of(list(messages_by_type(drawn).values())))


def _on_links(drawn: Drawn) -> dict[type, SearchStrategy[object]]:
    some_record = some.none() | drawn.signed
    return {
        links.Hello: some.builds(links.Hello, HELLO_TEXTS),
        links.Proof: some.builds(links.Proof, some.just("none") | IDS, base64url(64)),
        links.Welcome: some.builds(
            links.Welcome,
            version=NUMBERS,
            limits=LINK_LIMITS,
            record=some_record,
            homes=several(HOME, 8),
        ),
        links.Refusal: some.builds(
            links.Refusal,
            code=some.from_regex(r"[a-z0-9_]{1,40}", fullmatch=True),
            detail=TEXTS,
            number=some.none() | drawn.numbers,
            request=some.none() | drawn.counts,
            retry_after_ms=some.none() | drawn.counts,
        ),
        links.Heartbeat: some.builds(
            links.Heartbeat, some.booleans(), some.none() | some.just("") | IDS
        ),
        links.Ack: some.builds(links.Ack, drawn.numbers),
        links.Spare: some.just(links.Spare()),
        links.Homes: some.builds(links.Homes, several(HOME, 8)),
        links.Goodbye: some.builds(links.Goodbye, several(HOME, 8)),
    }


def _between_nodes(drawn: Drawn) -> dict[type, SearchStrategy[object]]:
    copy = {
        "number": drawn.numbers,
        "envelope": drawn.signed,
        "keeper": drawn.ids,
        "home": drawn.ids,
        "attempt": drawn.counts,
    }
    return {
        gossip.Delta: some.builds(gossip.Delta, several(drawn.signed), some.booleans()),
        gossip.Push: some.builds(gossip.Push, several(drawn.signed)),
        gossip.Equivocation: some.builds(gossip.Equivocation, drawn.signed, drawn.signed),
        gossip.Announce: some.builds(gossip.Announce, several(IDS, 4, least=1)),
        gossip.Request: some.builds(gossip.Request, several(IDS, 4, least=1), some.booleans()),
        gossip.Prune: some.just(gossip.Prune()),
        gossip.Digest: some.builds(gossip.Digest, several(DIGEST_PART, 4, least=1)),
        gossip.DigestWanted: some.builds(gossip.DigestWanted, several(PREFIXES, 4, least=1)),
        gossip.EverythingWanted: some.just(gossip.EverythingWanted()),
        gossip.Synced: some.just(gossip.Synced()),
        routing.Relay: some.builds(routing.Relay, budget=drawn.counts, **copy),
        routing.Returned: some.builds(
            routing.Returned,
            reason=RETURNS,
            budget=drawn.counts,
            retry_after_ms=some.none() | drawn.counts,
            **copy,
        ),
        routing.Spread: some.builds(
            routing.Spread,
            number=drawn.numbers,
            envelope=drawn.signed,
            keeper=some.none() | drawn.ids,
        ),
    }


def _to_nodes(drawn: Drawn) -> dict[type, SearchStrategy[object]]:
    maybe_id = some.none() | drawn.ids
    maybe_name = some.none() | drawn.names
    asked = {"request": drawn.counts}
    return {
        clients.Attach: some.builds(
            clients.Attach,
            presence=drawn.signed,
            account=drawn.signed,
            bundle=drawn.signed,
            **asked,
        ),
        clients.Detach: some.builds(clients.Detach),
        clients.Submit: some.builds(
            clients.Submit, number=drawn.numbers, envelope=drawn.signed, keeper=maybe_id
        ),
        clients.Find: some.builds(
            clients.Find, id=maybe_id, name=maybe_name, node=maybe_name, **asked
        ),
        clients.Watch: some.builds(
            clients.Watch, accounts=some.none() | several(drawn.ids), **asked
        ),
        clients.Join: some.builds(clients.Join, channel=drawn.channels, **asked),
        clients.Leave: some.builds(clients.Leave, channel=drawn.channels, **asked),
    }


def _to_clients(drawn: Drawn) -> dict[type, SearchStrategy[object]]:
    maybe_id = some.none() | drawn.ids
    return {
        clients.Done: some.builds(clients.Done, drawn.counts),
        clients.Deliver: some.builds(
            clients.Deliver, number=drawn.numbers, envelope=drawn.signed, keeper=maybe_id
        ),
        clients.Stalled: some.builds(clients.Stalled, counter=drawn.counts, reason=REASONS),
        clients.Found: some.builds(
            clients.Found, request=drawn.counts, people=several(PERSON), is_last=some.booleans()
        ),
        clients.People: some.builds(clients.People, several(PERSON)),
    }


BODIES = some.from_regex(r"[A-Za-z0-9_-]{1,80}", fullmatch=True)
INDICES = some.integers(0, 2**32)


def _signed_by(kind: type, signer: str, **fields: SearchStrategy[object]) -> SearchStrategy[object]:
    return some.builds(kind, signer=some.just(signer), salt=base64url(16), **fields)


def statements(signer: str, drawn: Drawn = ANYTHING) -> SearchStrategy[Signable]:
    """Any record, bundle or envelope that `signer` may sign."""
    every = [*_records(signer, drawn), *_sealed(signer, drawn), *_notes(signer, drawn)]
    return cast(SearchStrategy[Signable], some.one_of(every))


def _records(signer: str, drawn: Drawn) -> list[SearchStrategy[object]]:
    ids, counts = drawn.ids, drawn.counts
    order = some.builds(Order, counts, counts)
    return [
        _signed_by(
            records.NodeRecord,
            signer,
            incarnation=counts,
            version=counts,
            name=drawn.names,
            addresses=several(ADDRESSES, 4),
            links=several(ids),
            neighbours=several(ids),
            features=several(LABELS),
        ),
        _signed_by(
            records.Presence,
            signer,
            account=ids,
            home=ids,
            home_incarnation=counts,
            incarnation=counts,
            counter=drawn.numbers,
            bundle=ids,
        ),
        _signed_by(
            records.Slot,
            signer,
            incarnation=counts,
            version=counts,
            slot=some.integers(0, limits.SLOTS_MAX - 1),
            client=some.none() | ids,
            presence=some.none() | order,
        ),
        _signed_by(
            records.AccountRecord,
            signer,
            version=counts,
            name=drawn.names,
            clients=several(ids, 4, 1),
            revoked=several(ids),
            previous=some.none() | ids,
        ),
        _signed_by(
            records.Bundle, signer, account=ids, suite=TEXTS, key_id=base64url(16), key=BODIES
        ),
    ]


def _sealed(signer: str, drawn: Drawn) -> list[SearchStrategy[object]]:
    counted = {"incarnation": drawn.counts, "counter": drawn.numbers}
    sealed = {"conversation": drawn.ids, "chain": drawn.ids, "suite": TEXTS, "body": BODIES}
    return [
        _signed_by(
            envelopes.ChatMessage,
            signer,
            recipients=several(drawn.ids, 4, 1),
            index=some.integers(1, 2**32),
            **counted,
            **sealed,
        ),
        _signed_by(
            envelopes.ChainStart,
            signer,
            recipients=some.tuples(drawn.ids),
            key_id=base64url(16),
            **counted,
            **sealed,
        ),
        _signed_by(
            envelopes.ChannelMessage,
            signer,
            account=drawn.ids,
            channel=drawn.channels,
            text=TEXTS.filter(bool),
            sent_at=COUNTS,
            **counted,
        ),
    ]


def _notes(signer: str, drawn: Drawn) -> list[SearchStrategy[object]]:
    counted = {"incarnation": drawn.counts, "counter": drawn.numbers}
    to_one = {"recipients": some.tuples(drawn.ids), **counted}
    ranges = some.builds(
        envelopes.ChainRanges,
        chain=drawn.ids,
        ranges=several(some.tuples(INDICES, INDICES), 4, 1),
    )
    return [
        _signed_by(
            envelopes.Receipt,
            signer,
            arrived=several(ranges, 4, 1),
            sealing_key=some.none() | BODIES,
            **to_one,
        ),
        _signed_by(envelopes.ChainWanted, signer, chain=drawn.ids, **to_one),
        _signed_by(envelopes.UnknownKey, signer, chain=drawn.ids, key_id=base64url(16), **to_one),
        _signed_by(envelopes.BundleWanted, signer, **to_one),
        _signed_by(
            envelopes.BundleAnswer,
            signer,
            client=drawn.ids,
            bundle=some.none() | drawn.signed,
            **to_one,
        ),
    ]


INTRODUCTIONS = some.builds(
    links.Introduction,
    versions=several(NUMBERS, 16, 1),
    suites=several(TEXTS, 16),
    role=some.sampled_from(["node", "client"]),
    end=some.sampled_from(["dialler", "listener"]),
    key=IDS,
    incarnation=COUNTS,
    network=LABELS,
    admission=some.sampled_from(["listed", "open"]),
    challenge=IDS,
    software=TEXTS,
)
OPENINGS = some.builds(envelopes.ChainOpening, key=IDS, account=IDS, to=IDS)
MESSAGE_TEXTS = some.builds(
    envelopes.MessageText,
    text=TEXTS,
    sent_at=COUNTS,
    parents=several(some.tuples(IDS, INDICES), 8),
)
