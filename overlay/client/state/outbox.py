"""Messages of ours that are not delivered yet."""

from dataclasses import dataclass

from overlay import limits
from overlay.client.durable.values import OutboxRow, Place, SealedText, Written
from overlay.client.requests import MessageId
from overlay.client.state.post import Parcel
from overlay.messages.ids import AccountId, ChainId
from overlay.structures.bounded import BoundedDict


@dataclass(slots=True, kw_only=True)
class Entry:
    """One message, from being written to being delivered."""

    message: MessageId
    order: int
    to: AccountId
    content: Written | SealedText
    is_durable: bool = False
    """Whether the body is on the disk as it was sealed: only then may it leave."""
    parcel: Parcel | None = None
    counter: int | None = None
    is_accepted: bool = False
    stalled_for: str | None = None
    """The reason told last, if nothing better came since."""

    @property
    def row(self) -> OutboxRow:
        return OutboxRow(message=self.message, order=self.order, to=self.to, content=self.content)

    @property
    def place(self) -> Place | None:
        """Its chain and index, once it is sealed."""
        sealed = self.content
        return (sealed.chain, sealed.index) if isinstance(sealed, SealedText) else None


class Outbox:
    """Entries in the order in which they were written."""

    def __init__(self) -> None:
        self._entries: dict[MessageId, Entry] = {}
        self._unsealed: dict[AccountId, dict[MessageId, None]] = {}
        self._places: dict[ChainId, dict[int, MessageId]] = {}
        self._counters: dict[int, MessageId] = {}
        self._order = 0
        self.correspondents: BoundedDict[AccountId, None] = BoundedDict(limits.WATCHED_MAX)
        """To whom something was written, in the order of the first time, the latest of them."""

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, message: MessageId) -> Entry | None:
        return self._entries.get(message)

    def write(self, message: MessageId, to: AccountId, content: Written) -> Entry:
        """A new entry, behind all others."""
        entry = Entry(message=message, order=self._order + 1, to=to, content=content)
        self.add(entry)
        return entry

    def add(self, entry: Entry) -> None:
        """An entry, new or read from the disk; they are added in their order."""
        self._order = max(self._order, entry.order)
        self._entries[entry.message] = entry
        self.correspondents.put(entry.to, None)
        if entry.place is None:
            self._unsealed.setdefault(entry.to, {})[entry.message] = None
        else:
            self._note_place(entry.place, entry.message)

    def remove(self, entry: Entry) -> None:
        """It is delivered, or given up."""
        del self._entries[entry.message]
        self._discard_unsealed(entry)
        if entry.place is not None:
            chain, index = entry.place
            del self._places[chain][index]
            if not self._places[chain]:
                del self._places[chain]
        self._discard_counter(entry)

    def seal(self, entry: Entry, sealed: SealedText) -> None:
        """The entry has taken its place in a chain."""
        self._discard_unsealed(entry)
        entry.content = sealed
        self._note_place((sealed.chain, sealed.index), entry.message)

    def unsealed(self, account: AccountId) -> list[Entry]:
        """What waits for the keys of a person."""
        return [self._entries[message] for message in self._unsealed.get(account, {})]

    def waiting_for_keys(self) -> list[AccountId]:
        """The people for whom something is not sealed yet."""
        return list(self._unsealed)

    def of_chain(self, chain: ChainId) -> list[Entry]:
        """The undelivered messages of one chain."""
        return [self._entries[message] for message in self._places.get(chain, {}).values()]

    def note_counter(self, entry: Entry, counter: int) -> None:
        """The message is sent under this counter, by which its home may speak of it."""
        self._discard_counter(entry)
        entry.counter = counter
        self._counters[counter] = entry.message

    def by_counter(self, counter: int) -> Entry | None:
        message = self._counters.get(counter)
        return self._entries.get(message) if message is not None else None

    def _note_place(self, place: Place, message: MessageId) -> None:
        self._places.setdefault(place[0], {})[place[1]] = message

    def _discard_unsealed(self, entry: Entry) -> None:
        unsealed = self._unsealed.get(entry.to, {})
        unsealed.pop(entry.message, None)
        if not unsealed:
            self._unsealed.pop(entry.to, None)

    def _discard_counter(self, entry: Entry) -> None:
        # Counters begin anew with an incarnation: another message may bear this one by now.
        if entry.counter is not None and self._counters.get(entry.counter) == entry.message:
            del self._counters[entry.counter]
