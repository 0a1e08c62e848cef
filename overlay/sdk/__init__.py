"""A client of the overlay on trio, for programs: `connect` attaches it, as an `Identity`."""

from overlay.sdk.changes import ChangeStream
from overlay.sdk.client import Client
from overlay.sdk.connecting import connect
from overlay.sdk.errors import (
    AmbiguousName,
    ClientClosed,
    IdentityInUse,
    NotDelivered,
    UnknownName,
    Unreachable,
)
from overlay.sdk.identity import Identity
from overlay.sdk.ladder import Handle
from overlay.sdk.values import Change, KeysChange, Message, Person, PersonChange, Status

__all__ = [
    "AmbiguousName",
    "Change",
    "ChangeStream",
    "Client",
    "ClientClosed",
    "Handle",
    "Identity",
    "IdentityInUse",
    "KeysChange",
    "Message",
    "NotDelivered",
    "Person",
    "PersonChange",
    "Status",
    "UnknownName",
    "Unreachable",
    "connect",
]
