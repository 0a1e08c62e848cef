"""Finds out, step by step, what stands between here and a node: what `overlay doctor` shows."""

import json
import socket
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from random import Random
from typing import Final, Literal

import trio
from cryptography import x509

from overlay import limits
from overlay.config import NodeFile
from overlay.crypto.keys import SigningKey
from overlay.crypto.sealing import SUITE
from overlay.errors import LinkError, RemoteError, WrongProof, WrongVersion
from overlay.messages.ids import Incarnation
from overlay.messages.links import Hello, Proof, Refusal, Welcome
from overlay.messages.union import Message
from overlay.nodes.certificates.judging import covers, out_of_time
from overlay.nodes.certificates.making import hosts_of, is_self_made, last_day
from overlay.nodes.control import ask_node
from overlay.nodes.directory import NodeDirectory
from overlay.peering.handshake import Handshake, Ourselves
from overlay.runtime.clock import wall_time
from overlay.transport.addresses import Endpoint, is_secured, parse_address
from overlay.transport.link import Link
from overlay.transport.websocket import (
    initiate,
    open_stream,
    remote_address_of,
    secured_stream,
)
from overlay.wire.codec import decode_frame, encode_frame

Outcome = Literal["ok", "warning", "failed", "left out"]
StepName = Literal[
    "name", "TCP", "TLS", "WebSocket", "version", "proof", "network", "key", "member"
]

LINK_STEPS: Final[tuple[StepName, ...]] = ("name", "TCP", "TLS", "WebSocket")
"""Where these fail, nothing has been said yet."""

_SECONDS: Final = limits.DIAL_MS / 1_000
_SEED_BYTES: Final = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One thing that was looked at, what was found and, where it failed, how to mend it."""

    name: StepName
    outcome: Outcome
    found: str
    mend: str = ""


Tell = Callable[[Step], None]

_NO_LISTENER: Final = (
    "look whether the node runs (`overlay status DIR` on its machine), listens beyond loopback,"
    " and whether a firewall or router lets that port through"
)
_NO_NODE: Final = "look what listens there: an overlay node answers at /overlay"
_OLDER: Final = "have the older of the two brought up to date"
_LATER: Final = "the node says no to strangers now: try again later, or ask its operator"
_IN_THE_MIDDLE: Final = (
    "somebody in the middle ends TLS with another certificate: a proxy, whose certificate the node"
    " has to name in `tls`, or somebody who listens"
)


_OUT_OF_TIME: Final = (
    "nodes take it, browsers do not: have its operator renew it (`overlay node check` says which),"
    " or set the clock here"
)


class _FailedError(LinkError):
    """No further step makes sense."""

    def __init__(self, name: StepName, found: object, mend: str) -> None:
        super().__init__(str(found))
        self.step = Step(name=name, outcome="failed", found=str(found), mend=mend)


async def examine(
    address: str,
    ours: NodeDirectory | None,
    tell: Tell,
    random: Random,
    *,
    allows_plain: bool = False,
) -> None:
    """Look at the node at an address as a stranger would, and then as the operator of ours.

    The last step that is told is the first that fails. Raises `BadAddress`,
    and `ConfigError` for what is wrong with our own directory.
    """
    endpoint = parse_address(address, allows_plain=allows_plain)
    file = ours.read_file() if ours is not None else None
    try:
        await _find(endpoint, tell)
        async with await _reach(endpoint, tell) as transport:
            stream, fingerprint = await _secure(transport, address, endpoint, tell)
            handshake = _handshake(random, fingerprint)
            await _meet(transport, stream, endpoint, handshake, tell)
        _compare(address, file, handshake, tell)
        await _ask_ours(address, ours, handshake, tell)
    except _FailedError as failed:
        tell(failed.step)


async def _find(endpoint: Endpoint, tell: Tell) -> None:
    try:
        found = await trio.socket.getaddrinfo(endpoint.host, endpoint.port, type=socket.SOCK_STREAM)
    except OSError as error:
        mend = "look whether the name is spelt as its operator has it, and has an A or AAAA record"
        raise _FailedError("name", error.strerror or error, mend) from None
    addresses = dict.fromkeys(str(each[4][0]) for each in found)
    tell(_ok("name", f"{endpoint.host} is {', '.join(addresses)}"))


async def _reach(endpoint: Endpoint, tell: Tell) -> trio.SocketStream:
    began = trio.current_time()
    try:
        transport = await open_stream(endpoint, began + _SECONDS)
    except LinkError as error:
        raise _FailedError("TCP", error, _NO_LISTENER) from None
    tell(_ok("TCP", f"{endpoint} answers in {_ms_since(began)} ms"))
    return transport


async def _secure(
    transport: trio.SocketStream, address: str, endpoint: Endpoint, tell: Tell
) -> tuple[trio.abc.Stream, str | None]:
    """The stream on which links are opened, and the fingerprint that it was given in TLS."""
    if not is_secured(address):
        tell(Step(name="TLS", outcome="left out", found="ws:// goes without it"))
        return transport, None
    began = trio.current_time()
    try:
        stream, fingerprint = await secured_stream(transport, endpoint.host, began + _SECONDS)
    except LinkError as error:
        mend = "write ws:// if that node is meant to go without TLS; else look what listens"
        raise _FailedError("TLS", error, mend) from None
    certificate = x509.load_der_x509_certificate(stream.certificate or b"")
    words = _described(certificate, endpoint.host)
    trouble = out_of_time(certificate, wall_time())
    found = f"{stream.version} in {_ms_since(began)} ms, {words}"
    if trouble is None:
        tell(_ok("TLS", found))
    else:
        found = f"{found}; it {trouble}"
        tell(Step(name="TLS", outcome="warning", found=found, mend=_OUT_OF_TIME))
    return stream, fingerprint


async def _meet(
    transport: trio.SocketStream,
    stream: trio.abc.Stream,
    endpoint: Endpoint,
    handshake: Handshake,
    tell: Tell,
) -> None:
    """Open a link, and shake hands on it."""
    try:
        async with initiate(
            stream,
            host=str(endpoint),
            remote_address=remote_address_of(transport),
            deadline=trio.current_time() + _SECONDS,
        ) as link:
            tell(_ok("WebSocket", "it takes links"))
            await _shake_hands(link, handshake, tell)
    except _FailedError:
        raise
    except LinkError as error:
        raise _FailedError("WebSocket", error, _NO_NODE) from error


def _described(certificate: x509.Certificate, host: str) -> str:
    """What a certificate says: nodes do not care, browsers do."""
    hosts = hosts_of(certificate.extensions)
    signer = "itself" if is_self_made(certificate) else "an authority"
    others = (
        "" if covers(certificate, host) else f", which is not {host}: browsers will not take it"
    )
    named = ", ".join(hosts) or "nobody"
    return f"signed by {signer}, until {last_day(certificate)}, for {named}{others}"


def _handshake(random: Random, fingerprint: str | None) -> Handshake:
    """That of a client that nobody knows: it learns what any stranger may."""
    introduced = Ourselves(
        key=SigningKey.from_seed(random.randbytes(_SEED_BYTES)),
        role="client",
        incarnation=Incarnation(1),
        network=None,
        admission=None,
        suites=(SUITE,),
        software=f"overlay/{version('overlay')}",
    )
    return Handshake(introduced, random, dials=True, certificate=fingerprint)


async def _shake_hands(link: Link, handshake: Handshake, tell: Tell) -> None:
    step: StepName = "version"
    with trio.move_on_after(limits.HANDSHAKE_MS / 1_000):
        try:
            while True:
                for message in decode_frame(await link.receive()):
                    if isinstance(message, Welcome):
                        return
                    step = await _answer(link, handshake, message, tell)
        except RemoteError as error:
            mend = _IN_THE_MIDDLE if step == "proof" else _NO_NODE
            raise _FailedError(step, error, mend) from None
        except _FailedError:
            raise
        except LinkError as error:
            raise _FailedError(step, f"the link ended: {error}", _NO_NODE) from None
    raise _FailedError(step, "nothing more comes", _NO_NODE)


async def _answer(link: Link, handshake: Handshake, message: Message, tell: Tell) -> StepName:
    """Take in one message of the handshake; returns what is looked at now."""
    match message:
        case Hello():
            await link.send(encode_frame(*handshake.on_hello(message)))
            tell(_ok("version", f"{handshake.their.software}, protocol {handshake.version}"))
        case Proof():
            handshake.on_proof(message)
            tell(_ok("proof", f"it holds the key {handshake.their.key}"))
        case Refusal(code=WrongVersion.code):
            raise _FailedError("version", message.detail, _OLDER)
        case Refusal():
            mend = _IN_THE_MIDDLE if message.code == WrongProof.code else _LATER
            raise _FailedError("proof", f"{message.detail} ({message.code})", mend)
        case _:
            pass
    return "proof"


def _compare(address: str, file: NodeFile | None, handshake: Handshake, tell: Tell) -> None:
    """What our own node's file says of it."""
    their = handshake.their
    if file is None:
        tell(_ok("network", f"{their.network}, {their.admission}"))
        return
    if their.network != file.network:
        mend = f"one of the two is in the wrong overlay: our file says {file.network}"
        raise _FailedError("network", f"it belongs to {their.network}", mend)
    tell(_ok("network", f"{their.network}, as ours"))
    entry = next((each for each in file.neighbours if each.address == address), None)
    if entry is not None and entry.id not in (None, their.key):
        mend = f"ask its operator; if it was set up anew, write the new id in place of {entry.id}"
        raise _FailedError("key", f"our file expects {entry.id}, found {their.key}", mend)
    if all(their.key != each.id and each.address != address for each in file.neighbours):
        entry_text = json.dumps({"address": address, "id": their.key})
        mend = f"add {entry_text} to neighbours, and have its operator add this node"
        raise _FailedError("key", "our file does not name it", mend)
    tell(_ok("key", "our file names it"))


async def _ask_ours(
    address: str, ours: NodeDirectory | None, handshake: Handshake, tell: Tell
) -> None:
    """What our own node, while it runs, sees of it."""
    if ours is None:
        found = "say --as DIR to have the node of DIR asked, too"
        tell(Step(name="member", outcome="left out", found=found))
        return
    try:
        answer = await ask_node(ours.control_path, command="status")
    except LinkError as error:
        tell(Step(name="member", outcome="left out", found=str(error)))
        return
    status = answer["status"]
    assert isinstance(status, dict)
    for entry in status["neighbours"]:
        if entry["id"] == handshake.their.key or entry["address"] == address:
            if entry["state"] != "linked":
                mend = "have its operator name this node, too: `overlay status` there says whether"
                found = f"{entry['state']}: {entry['detail']}".rstrip(": ")
                raise _FailedError("member", found, mend)
            tell(_ok("member", "our node has a link with it"))
            return
    raise _FailedError("member", "our node does not know it yet", "`overlay node reload DIR`")


def _ok(name: StepName, found: str) -> Step:
    return Step(name=name, outcome="ok", found=found)


def _ms_since(began: float) -> int:
    return round((trio.current_time() - began) * 1_000)
