"""Honest clients seal to nobody but the clients whose keys their own owners have signed."""

from collections.abc import Sequence

from overlay.errors import RemoteError
from overlay.messages.clients import Attach, Submit
from overlay.messages.envelopes import ChainStart
from overlay.messages.ids import ClientId, KeyId
from overlay.messages.records import Bundle
from overlay.messages.union import Message
from overlay.peering.events import LinkId
from overlay.wire.signed import read_text
from simulations.checkers.base import Checker
from simulations.machines import ClientHost, Host


class KeysChecker(Checker):
    """Knows every key that a client has attached with, and looks to whom chains are sealed."""

    id = "keys"

    def __init__(self) -> None:
        super().__init__()
        self._keys: dict[ClientId, dict[KeyId, None]] = {}
        self.sealed = 0

    def on_said(self, host: Host, link: LinkId, messages: Sequence[Message], now_ms: int) -> None:
        if not isinstance(host, ClientHost):
            return
        for message in messages:
            try:
                self._look_at(host, message, now_ms)
            except RemoteError as error:
                self.broken(now_ms, f"{host.name} says what cannot be read: {error}")

    def _look_at(self, host: ClientHost, message: Message, now_ms: int) -> None:
        if isinstance(message, Attach):
            bundle = read_text(message.bundle)
            assert isinstance(bundle, Bundle)
            self._keys.setdefault(bundle.signer, {})[bundle.key_id] = None
        elif isinstance(message, Submit) and message.envelope.kind == "chain_start":
            start = read_text(message.envelope)
            assert isinstance(start, ChainStart)
            self.sealed += 1
            if start.key_id not in self._keys.get(start.recipients[0], {}):
                self.broken(now_ms, f"{host.name} sealed to a key that nobody has: {start!r}")
