"""What is kept beyond presence: account records and key bundles, each within a bound.

docs/protocol.md, sections 7.3 and 8.2. Mail for the absent finds its
recipient clients here, and `find` its names; digests do not cover it.
"""

from collections.abc import Iterator
from typing import NamedTuple, TypeVar

from overlay import limits
from overlay.messages.ids import AccountId, ClientId, LeafHash
from overlay.messages.records import AccountRecord, Bundle
from overlay.messages.signed import Signed
from overlay.peering.records import supersedes
from overlay.peering.statements import Verified
from overlay.structures.bounded import LruCache
from overlay.structures.sizes import Size

KeyT = TypeVar("KeyT", bound=str)


class RememberedAccounts:
    """The highest record of every account seen lately, by id and by name."""

    def __init__(self) -> None:
        self._records: LruCache[AccountId, Verified[AccountRecord]] = LruCache(
            limits.REMEMBERED_ACCOUNTS_MAX
        )
        self._by_name: dict[str, dict[AccountId, None]] = {}
        self._by_client: dict[ClientId, dict[AccountId, None]] = {}

    def sizes(self) -> Iterator[Size]:
        """How full its table is."""
        yield Size("remembered accounts", len(self._records), limits.REMEMBERED_ACCOUNTS_MAX)

    def put(self, record: Verified[AccountRecord]) -> None:
        """Remember a record if it is the highest of its account."""
        account = record.value.signer
        old = self._records.get(account)
        if not supersedes(record, old):
            return
        if old is not None:
            self._forget(old)
        evicted = self._records.put(account, record)
        if evicted is not None and evicted[0] != account:
            self._forget(evicted[1])
        self._by_name.setdefault(record.value.name, {})[account] = None
        for client in record.value.clients:
            self._by_client.setdefault(client, {})[account] = None

    def get(self, account: AccountId) -> Verified[AccountRecord] | None:
        return self._records.get(account)

    def named(self, name: str) -> list[AccountId]:
        """The accounts that bear a name."""
        return list(self._by_name.get(name, ()))

    def lists(self, client: ClientId) -> bool:
        """Whether any of these accounts has such a client."""
        return client in self._by_client

    def all(self) -> list[AccountId]:
        """Every account remembered."""
        return [account for accounts in self._by_name.values() for account in accounts]

    def _forget(self, record: Verified[AccountRecord]) -> None:
        _discard(self._by_name, record.value.name, record.value.signer)
        for client in record.value.clients:
            _discard(self._by_client, client, record.value.signer)


class _Served(NamedTuple):
    """A bundle as it travels: its reading, key and all, would be as long again."""

    leaf: LeafHash
    signed: Signed


class Bundles:
    """Key bundles: of our own clients while they are attached, and lately fetched ones."""

    def __init__(self) -> None:
        self._ours: dict[ClientId, _Served] = {}
        self._fetched: LruCache[LeafHash, Signed] = LruCache(limits.BUNDLES_MAX)

    def sizes(self) -> Iterator[Size]:
        """How full its tables are."""
        yield Size("own bundles", len(self._ours), limits.SLOTS_MAX)
        yield Size("fetched bundles", len(self._fetched), limits.BUNDLES_MAX)

    def serve(self, bundle: Verified[Bundle]) -> None:
        self._ours[ClientId(bundle.value.signer)] = _Served(bundle.leaf, bundle.signed)

    def withdraw(self, client: ClientId) -> None:
        """The client has left; others may still ask for its bundle for a while."""
        served = self._ours.pop(client, None)
        if served is not None:
            self._fetched.put(served.leaf, served.signed)

    def ours(self, client: ClientId) -> Signed | None:
        served = self._ours.get(client)
        return served.signed if served is not None else None

    def fetched(self, bundle: Verified[Bundle]) -> None:
        self._fetched.put(bundle.leaf, bundle.signed)

    def find(self, client: ClientId, leaf: LeafHash) -> Signed | None:
        """The bundle that a presence names, if we have it."""
        ours = self._ours.get(client)
        if ours is not None and ours.leaf == leaf:
            return ours.signed
        return self._fetched.get(leaf)


def _discard(index: dict[KeyT, dict[AccountId, None]], key: KeyT, account: AccountId) -> None:
    accounts = index.get(key, {})
    accounts.pop(account, None)
    if not accounts:
        index.pop(key, None)
