"""Whose link is it? What checkers learn of links from the frames on them."""

from collections.abc import Sequence

from overlay.errors import RemoteError
from overlay.messages.links import Hello
from overlay.messages.union import Message
from overlay.peering.events import LinkId
from overlay.wire.codec import read_json
from simulations.machines import Host


class Peers:
    """The key that the other end of each link has named in its hello."""

    def __init__(self) -> None:
        self._peers: dict[str, dict[LinkId, str]] = {}
        self._closed: dict[str, set[LinkId]] = {}

    def on_standing(self, host: Host, link: LinkId, peer: str) -> None:
        """A link has stood since before the world began."""
        self._peers.setdefault(host.name, {})[link] = peer

    def on_heard(self, host: Host, link: LinkId, messages: Sequence[Message]) -> None:
        """Messages are about to be handed to a machine."""
        for message in messages:
            if isinstance(message, Hello):
                self._peers.setdefault(host.name, {})[link] = _key(message)

    def on_end(self, host: Host) -> None:
        """A machine is no more, nor are its links."""
        self._peers.pop(host.name, None)
        self._closed.pop(host.name, None)

    def on_close(self, host: Host, link: LinkId) -> None:
        """A machine has closed a link: what still comes on it is nothing to it."""
        self._closed.setdefault(host.name, set()).add(link)

    def has_closed(self, host: Host, link: LinkId) -> bool:
        return link in self._closed.get(host.name, ())

    def of(self, host: Host, link: LinkId) -> str:
        """Who is at the other end; `link N` while it has not said."""
        return self._peers.get(host.name, {}).get(link, f"link {link}")


def _key(hello: Hello) -> str:
    try:
        fields = read_json(hello.text)
    except RemoteError:
        return ""
    return str(fields.get("key")) if isinstance(fields, dict) else ""
