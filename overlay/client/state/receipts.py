"""What has arrived and is to be receipted: by origin, and by the home that keeps the text."""

from overlay.messages.ids import ChainId, ClientId, NodeId

Addressee = tuple[ClientId, NodeId | None]


class ReceiptsDue:
    """Places that are durable here and not receipted since."""

    def __init__(self) -> None:
        self._due: dict[Addressee, dict[ChainId, dict[int, None]]] = {}

    def add(self, origin: ClientId, keeper: NodeId | None, chain: ChainId, index: int) -> None:
        self._due.setdefault((origin, keeper), {}).setdefault(chain, {})[index] = None

    def take(self) -> dict[Addressee, dict[ChainId, dict[int, None]]]:
        due, self._due = self._due, {}
        return due
