"""Makes the golden files, which the page's tests read as well as ours.

Run from the project's root: python tests/vectors/make_golden.py

A change in what it writes is a change of the protocol. Every file is the same
each time, but for the sealed text: sealing draws randomness of its own, so a
sealed text that still opens is kept. Bytes are base64url without padding.
"""

import json
from pathlib import Path

from overlay.crypto.chains import SendingChain, direct_conversation, step
from overlay.crypto.encoding import decode_any, encode
from overlay.crypto.keys import SigningKey
from overlay.crypto.sealing import SealingKey, chain_start_info, pad, seal
from overlay.crypto.signing import sign_batch
from overlay.errors import CannotOpen
from overlay.messages.ids import AccountId, ClientId
from overlay.structures.merkle import root_of

NETWORK = "overlay"
ALICE = SigningKey.from_seed(b"alice, the account; not a secret")
BOB = SigningKey.from_seed(b"bob, the account; never a secret")
ALICE_CLIENT = SigningKey.from_seed(b"one client of alice; not secret!")
BOB_CLIENT = SigningKey.from_seed(b"one client of bob; never secret!")
BOB_SEALING = SealingKey.from_seed(b"sealed to bob; this is no secret")
FIRST_KEY = b"the first key of a golden chain!"

TEXTS = (
    '{"text":"hello"}',
    '{"text":"Grüße, 世界, \U0001f33b, \u202eabc"}',
    '{"text":"\\u00e9 \\"quoted\\" \\\\ \\/ \\n \\ud83c\\udf3b","n":9007199254740991}',
    '  {"b" : 1,\t"a":2 , "b": 3}\n',
    "e\u0301 is not \u00e9: nobody normalises; \u0000 and \u2028 are text too",
    "",
)
"""Texts are signed as they stand: nothing may parse, order, trim or normalise them."""

KINDS = ("message", "chain_start", "receipt", "presence", "node")

PADDING_LENGTHS = (0, 1, 251, 252, 253, 508, 509, 1020, 32_764, 32_765, 65_532)


def signatures() -> dict[str, object]:
    """Return golden_signatures.json: batches of 1, 2, 3 and 64, and another network."""
    return {
        "about": "Leaves, roots and signatures of batches.",
        "batches": [batch(NETWORK, ALICE_CLIENT, size) for size in (1, 2, 3, 64)]
        + [batch("elsewhere_1-a", BOB_CLIENT, 1)],
    }


def batch(network: str, key: SigningKey, size: int) -> dict[str, object]:
    """Return one batch with all that a reader computes on its way."""
    texts = [
        (KINDS[place % len(KINDS)], TEXTS[place % len(TEXTS)] + (f" {place}" if place > 5 else ""))
        for place in range(size)
    ]
    proofs = sign_batch(key, network, texts)
    path = [decode_any(step_up) for step_up in proofs[0].path]
    return {
        "network": network,
        "seed": encode(key.seed),
        "signer": key.id,
        "root": encode(root_of(proofs[0].leaf, 0, path)),
        "signature": proofs[0].signature,
        "texts": [
            {
                "kind": kind,
                "text": text,
                "leaf": encode(proof.leaf),
                "index": proof.index,
                "path": list(proof.path),
            }
            for (kind, text), proof in zip(texts, proofs, strict=True)
        ],
    }


def chains() -> dict[str, object]:
    """Return golden_chains.json: one chain with five messages, and padding."""
    conversation = direct_conversation(NETWORK, AccountId(ALICE.id), AccountId(BOB.id))
    chain = SendingChain(NETWORK, conversation, ClientId(ALICE_CLIENT.id), FIRST_KEY)
    return {
        "about": "Each sealed body is the padded content under the key of its index.",
        "network": NETWORK,
        "accounts": [ALICE.id, BOB.id],
        "conversation": conversation,
        "origin": ALICE_CLIENT.id,
        "first_key": encode(FIRST_KEY),
        "chain": chain.chain,
        "messages": messages(chain),
        "padding": [
            {"content_bytes": length, "padded_bytes": len(pad(bytes(length)))}
            for length in PADDING_LENGTHS
        ],
    }


def messages(chain: SendingChain) -> list[dict[str, object]]:
    """Return what the chain seals at its first five indices."""
    entries: list[dict[str, object]] = []
    chain_key = FIRST_KEY
    for text in TEXTS[:5]:
        chain_key, message_key = step(chain_key)
        padded = pad(text.encode())
        index, sealed = chain.seal(padded)
        entries.append(
            {
                "index": index,
                "chain_key": encode(chain_key),
                "message_key": encode(message_key),
                "content": encode(text.encode()),
                "padded": encode(padded),
                "sealed": encode(sealed),
            }
        )
    return entries


def sealing(kept: str | None) -> dict[str, object]:
    """Return golden_sealing.json: one key pair and one text sealed to it, `kept` if it opens."""
    conversation = direct_conversation(NETWORK, AccountId(ALICE.id), AccountId(BOB.id))
    origin, recipient = ClientId(ALICE_CLIENT.id), ClientId(BOB_CLIENT.id)
    chain = SendingChain(NETWORK, conversation, origin, FIRST_KEY).chain
    key_id = BOB_SEALING.key_id
    info = chain_start_info(NETWORK, conversation, chain, origin, recipient, key_id)
    text = pad(FIRST_KEY)
    return {
        "about": "The padded first key of the golden chain, sealed to one client.",
        "seed": encode(BOB_SEALING.seed),
        "public": encode(BOB_SEALING.public),
        "key_id": key_id,
        "network": NETWORK,
        "conversation": conversation,
        "chain": chain,
        "origin": origin,
        "recipient": recipient,
        "info": encode(info),
        "text": encode(text),
        "sealed": kept if opens(kept, info, text) else encode(seal(BOB_SEALING.public, info, text)),
    }


def opens(sealed: str | None, info: bytes, text: bytes) -> bool:
    """Whether `sealed` opens to `text`."""
    try:
        return sealed is not None and BOB_SEALING.open(info, decode_any(sealed)) == text
    except (CannotOpen, ValueError):
        return False


def main() -> None:
    """Write all files beside this one."""
    here = Path(__file__).parent
    sealing_file = here / "golden_sealing.json"
    kept = json.loads(sealing_file.read_text("utf-8"))["sealed"] if sealing_file.exists() else None
    for name, content in (
        ("golden_signatures.json", signatures()),
        ("golden_chains.json", chains()),
        ("golden_sealing.json", sealing(kept)),
    ):
        written = json.dumps(content, indent=1) + "\n"
        (here / name).write_text(written, encoding="utf-8")


if __name__ == "__main__":
    main()
