"""Real nodes, and at each an honest link that must not notice anything."""

import json
import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple, TypeVar

from wsproto.connection import Connection, ConnectionType
from wsproto.events import CloseConnection, TextMessage

from overlay.config import NodeFile
from overlay.crypto.encoding import encode
from overlay.messages.clients import Done, Join
from overlay.messages.ids import Address, NodeId
from overlay.messages.links import Hello, Proof, Welcome
from overlay.messages.union import Message
from overlay.nodes.directory import NodeDirectory
from overlay.wire.codec import decode_frame, encode_frame
from tests.end_to_end.overlays import free_port
from tests.end_to_end.raw.cases import HEAD_END, opening
from tests.end_to_end.raw.hellos import takes_anything
from tests.end_to_end.waiting import FAILSAFE_SECONDS
from tests.support.farend import FarEnd
from tests.support.people import a_client
from tests.unit.transport.peers import frame

MessageT = TypeVar("MessageT")
_THREADS = re.compile(r"^Threads:\s+(\d+)$", re.MULTILINE)
RUN = (sys.executable, "-m", "overlay", "node", "run")


class Held(NamedTuple):
    """What a process has open and running."""

    files: int
    threads: int


class HonestLink:
    """A client of a node, who asks it something now and then."""

    def __init__(self, port: int, home: NodeId, *, speaks_tls: bool) -> None:
        address = ("127.0.0.1", port)
        self._socket = socket.create_connection(address, timeout=FAILSAFE_SECONDS)
        self._certificate: str | None = None
        if speaks_tls:
            self._socket = tls = takes_anything().wrap_socket(self._socket)
            self._certificate = encode(sha256(tls.getpeercert(binary_form=True) or b"").digest())
        self._websocket = Connection(ConnectionType.CLIENT)
        self._unread: list[Message] = []
        self._text = ""
        self._request = 1
        self._open(home)

    def _open(self, home: NodeId) -> None:
        self._socket.sendall(opening())
        head, _, rest = self._reads_head()
        assert head.startswith(b"HTTP/1.1 101 ")
        self._websocket.receive_data(rest)
        who = a_client("honest")
        far_end = FarEnd(who, dials=True, certificate=self._certificate)
        self._says(*far_end.on_message(self._hears(Hello)))
        far_end.on_message(self._hears(Proof))
        self._hears(Welcome)
        self._says(who.attach_at(home))
        self._hears(Done)

    def _reads_head(self) -> tuple[bytes, bytes, bytes]:
        received = b""
        while HEAD_END not in received:
            received += self._socket.recv(65_536)
        return received.partition(HEAD_END)

    def asks(self) -> None:
        """Have the node do something, and see that it has."""
        self._request += 1
        self._says(Join(request=self._request, channel="town"))
        while self._hears(Done).request != self._request:
            pass

    def close(self) -> None:
        self._socket.close()

    def _says(self, *messages: Message) -> None:
        self._socket.sendall(frame(encode_frame(*messages)))

    def _hears(self, wanted: type[MessageT]) -> MessageT:
        while True:
            while self._unread:
                message = self._unread.pop(0)
                if isinstance(message, wanted):
                    return message
            for event in self._websocket.events():
                assert not isinstance(event, CloseConnection), event
                if isinstance(event, TextMessage):
                    self._text += event.data
                if isinstance(event, TextMessage) and event.message_finished:
                    text, self._text = self._text, ""
                    self._unread += decode_frame(text.encode())
            if not self._unread:
                data = self._socket.recv(65_536)
                assert data, "the honest link has ended"
                self._websocket.receive_data(data)


class RealNode:
    """A process of its own that is asked while others try what they can."""

    def __init__(
        self, process: "subprocess.Popen[bytes]", port: int, log: Path, link: HonestLink
    ) -> None:
        self.process = process
        self.port = port
        self.link = link
        self._log = log
        self._read_bytes = 0

    def held(self) -> Held:
        """Files and threads that the process has now. Fails if it has ended."""
        assert self.process.poll() is None, self._log.read_text("utf-8")
        proc = Path(f"/proc/{self.process.pid}")
        threads = _THREADS.search((proc / "status").read_text("ascii"))
        assert threads is not None
        return Held(len(os.listdir(proc / "fd")), int(threads[1]))

    def complaints(self) -> list[str]:
        """What it has logged at error level, or beside its log, since this was asked last."""
        with self._log.open("rb") as log:
            log.seek(self._read_bytes)
            whole, end, _ = log.read().rpartition(b"\n")
        self._read_bytes += len(whole + end)
        return [line for line in whole.decode().splitlines() if _is_complaint(line)]


def _is_complaint(line: str) -> bool:
    try:
        return bool(json.loads(line)["level"] in ("error", "critical"))
    except (ValueError, KeyError, TypeError):
        return True


@contextmanager
def real_node(directory: Path, *, speaks_tls: bool) -> Iterator[RealNode]:
    """A node that listens on loopback, and its honest link; both end in order behind the block."""
    port = free_port()
    home = NodeDirectory(directory / ("secured" if speaks_tls else "plain"))
    key = home.create(a_file(port, speaks_tls=speaks_tls))
    log_path = directory / f"{port}.log"
    with log_path.open("wb") as log:
        process = subprocess.Popen(
            [*RUN, str(home.path), "--while-input", "--json"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
        )
    with process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline(), log_path.read_text("utf-8")
            with closing(HonestLink(port, NodeId(key.id), speaks_tls=speaks_tls)) as link:
                yield RealNode(process, port, log_path, link)
        finally:
            assert process.stdin is not None
            process.stdin.close()
            code = process.wait(FAILSAFE_SECONDS)
    assert code == 0, log_path.read_text("utf-8")


def a_file(port: int, *, speaks_tls: bool) -> NodeFile:
    """A node that knows nobody; over TLS it makes its certificate itself."""
    scheme = "wss" if speaks_tls else "ws"
    return NodeFile(
        name="secured" if speaks_tls else "plain",
        network="overlay",
        admission="listed",
        listen=f"127.0.0.1:{port}",
        address=Address(f"{scheme}://127.0.0.1:{port}/overlay"),
        neighbours=(),
        extra_links=0,
    )
