"""Who a client is: its own key, and the account it speaks for."""

from dataclasses import dataclass

from overlay.crypto.keys import SigningKey
from overlay.messages.ids import AccountId, ClientId


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """The secret keys of one client.

    `account_key` is there where this client may certify clients of its
    account, itself first; where it is None another one has to.
    """

    key: SigningKey
    account: AccountId
    account_key: SigningKey | None

    @property
    def client(self) -> ClientId:
        return ClientId(self.key.id)
