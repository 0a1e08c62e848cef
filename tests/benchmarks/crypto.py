"""Sealing, opening, signing and verifying, one core, nothing else around them."""

from collections.abc import Callable
from random import SystemRandom
from time import process_time
from typing import TypeVar

from overlay.crypto.chains import ReceivingChain, SendingChain, direct_conversation
from overlay.crypto.keys import SigningKey
from overlay.crypto.sealing import SealingKey, pad, seal, unpad
from overlay.crypto.signing import Verifier, sign_batch
from overlay.limits import BATCH_LEAVES_MAX
from overlay.messages.ids import AccountId, ClientId
from tests.benchmarks.ceilings import MESSAGE_BYTES, Ceilings, rate
from tests.benchmarks.results import Result

_NETWORK = "overlay"
_TEXT = b"x" * MESSAGE_BYTES
_MESSAGES = 4_000
_REPEATS = 3

SubjectT = TypeVar("SubjectT")


def sealing(_: Ceilings) -> list[Result]:
    """A chain start, as HPKE seals it to one client; a message of 256 bytes in an opened chain."""
    random = SystemRandom()
    key, info, opening = SealingKey.generate(random), b"purpose" * 30, bytes(240)
    sealed = seal(key.public, info, opening)
    rates = {
        "sealing a chain start (HPKE)": rate(lambda: seal(key.public, info, opening)),
        "opening a chain start (HPKE)": rate(lambda: key.open(info, sealed)),
        **_chain_rates(random.randbytes(32)),
    }
    return [Result(name=name, value=value, unit="1/s") for name, value in rates.items()]


def _chain_rates(first_key: bytes) -> dict[str, float]:
    ids = [SigningKey.from_seed(bytes([number]) * 32).id for number in (1, 2, 3)]
    origin, conversation = (
        ClientId(ids[0]),
        direct_conversation(_NETWORK, AccountId(ids[1]), AccountId(ids[2])),
    )
    sent: list[tuple[int, bytes]] = []

    def a_chain() -> SendingChain:
        return SendingChain(_NETWORK, conversation, origin, first_key)

    def seal_all(chain: SendingChain) -> None:
        sent[:] = [chain.seal(pad(_TEXT)) for _ in range(_MESSAGES)]

    def a_reader() -> ReceivingChain:
        return ReceivingChain.start(
            network=_NETWORK,
            conversation=conversation,
            origin=origin,
            chain=a_chain().chain,
            first_key=first_key,
            skipped_max=0,
        )

    def open_all(chain: ReceivingChain) -> None:
        for index, sealed in sent:
            unpad(chain.open(index, sealed))

    return {
        "sealing a message of 256 bytes": _MESSAGES / _best_seconds(a_chain, seal_all),
        "opening a message of 256 bytes": _MESSAGES / _best_seconds(a_reader, open_all),
    }


def _best_seconds(make: Callable[[], SubjectT], run: Callable[[SubjectT], None]) -> float:
    best = float("inf")
    for _ in range(_REPEATS):
        subject = make()
        start = process_time()
        run(subject)
        best = min(best, process_time() - start)
    return best


def signing(ceilings: Ceilings) -> list[Result]:
    """One signature for 64 texts, and what it saves those who read them."""
    key = SigningKey.from_seed(bytes(32))
    texts = [("message", f"{number} ".ljust(1_000, "x")) for number in range(BATCH_LEAVES_MAX)]
    proofs = sign_batch(key, _NETWORK, texts)
    verifier = Verifier(_NETWORK, roots_max=64, keys_max=64)

    def verify(number: int) -> None:
        proof, (kind, text) = proofs[number], texts[number]
        verifier.verify(kind, key.id, text, proof.signature, proof.index, proof.path)

    verify(0)
    return [
        Result(
            name="signing texts of 1,000 bytes, 64 under one signature",
            value=BATCH_LEAVES_MAX * rate(lambda: sign_batch(key, _NETWORK, texts)),
            unit="1/s",
            ceiling=ceilings.verifications,
        ),
        Result(
            name="verifying the next leaf under a known root",
            value=rate(lambda: verify(1)),
            unit="1/s",
            ceiling=ceilings.verifications,
        ),
    ]
