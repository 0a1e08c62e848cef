"""How many bytes have crossed the TCP links of some listeners, as the kernel counts them.

Source: sock_diag(7); `struct inet_diag_msg` and `struct tcp_info` of linux/inet_diag.h and
linux/tcp.h, whose `tcpi_bytes_acked` and `tcpi_bytes_received` are there since Linux 4.2.
"""

import os
import socket
import struct
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

_SOCK_DIAG_BY_FAMILY, _DUMP, _DONE, _ERROR = 20, 0x301, 3, 2
_NETLINK_SOCK_DIAG = 4
_ESTABLISHED = 1 << 1
_WITH_INFO, _INFO = 1 << 1, 2
_HEADER, _MESSAGE, _ATTRIBUTE = struct.Struct("=IHHII"), struct.Struct("=4B"), struct.Struct("=HH")
_MESSAGE_BYTES, _INODE_AT, _COUNTS_AT = 72, 68, 120
_REPLY_BYTES_MAX = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Socket:
    """One end of a TCP connection on this machine."""

    port: int
    remote_port: int
    inode: int
    octets: int
    """Sent, as far as the other end has acknowledged them, and received."""


def link_bytes(listening: Collection[int]) -> int | None:
    """Bytes, both ways, that have crossed the links between processes that listen on these ports.

    Links of our own process do not count, nor do those that are closed. None
    where the system does not say.
    """
    try:
        sockets = list(_sockets())
    except OSError:
        return None
    inodes = _own_inodes()
    ours = {each.port for each in sockets if each.inode in inodes}
    return sum(
        each.octets for each in sockets if each.port in listening and each.remote_port not in ours
    )


def _sockets() -> Iterator[Socket]:
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, _NETLINK_SOCK_DIAG) as netlink:
        request = struct.pack(
            "=4BI48x", socket.AF_INET, socket.IPPROTO_TCP, _WITH_INFO, 0, _ESTABLISHED
        )
        size = _HEADER.size + len(request)
        netlink.send(_HEADER.pack(size, _SOCK_DIAG_BY_FAMILY, _DUMP, 1, 0) + request)
        while True:
            reply = netlink.recv(_REPLY_BYTES_MAX)
            while reply:
                size, kind, *_ = _HEADER.unpack_from(reply)
                if kind == _DONE:
                    return
                if kind == _ERROR:
                    raise OSError("the kernel does not list its sockets")
                yield _read(reply[_HEADER.size : size])
                reply = reply[(size + 3) & ~3 :]


def _read(message: bytes) -> Socket:
    port, remote_port = struct.unpack_from(">HH", message, _MESSAGE.size)
    (inode,) = struct.unpack_from("=I", message, _INODE_AT)
    octets, rest = 0, message[_MESSAGE_BYTES:]
    while rest:
        size, kind = _ATTRIBUTE.unpack_from(rest)
        if kind == _INFO and size >= _ATTRIBUTE.size + _COUNTS_AT + 16:
            octets = sum(struct.unpack_from("=QQ", rest, _ATTRIBUTE.size + _COUNTS_AT))
        rest = rest[(size + 3) & ~3 :]
    return Socket(port=port, remote_port=remote_port, inode=inode, octets=octets)


def _own_inodes() -> set[int]:
    """Of the sockets of our own process."""
    found: set[int] = set()
    for entry in Path("/proc/self/fd").iterdir():
        try:
            name = os.readlink(entry)
        except OSError:
            continue
        if name.startswith("socket:["):
            found.add(int(name.removeprefix("socket:[").removesuffix("]")))
    return found
