"""A chat overlay that no one can switch off.

`connect` attaches a client to any node, as an `Identity`; `running_node` runs
a node. Errors are those of `overlay.errors`, and a few more of a client's
own. Names are loaded when first used.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from overlay.errors import (
    ConfigError,
    LinkError,
    LocalError,
    OverlayError,
    Refused,
    RemoteError,
    StoreError,
    UsageError,
)

if TYPE_CHECKING:
    from overlay.nodes.running import running_node as running_node
    from overlay.sdk import AmbiguousName as AmbiguousName
    from overlay.sdk import Change as Change
    from overlay.sdk import Client as Client
    from overlay.sdk import ClientClosed as ClientClosed
    from overlay.sdk import Handle as Handle
    from overlay.sdk import Identity as Identity
    from overlay.sdk import IdentityInUse as IdentityInUse
    from overlay.sdk import KeysChange as KeysChange
    from overlay.sdk import Message as Message
    from overlay.sdk import NotDelivered as NotDelivered
    from overlay.sdk import Person as Person
    from overlay.sdk import PersonChange as PersonChange
    from overlay.sdk import Status as Status
    from overlay.sdk import UnknownName as UnknownName
    from overlay.sdk import Unreachable as Unreachable
    from overlay.sdk.connecting import connect as connect

_PLACES = {
    "running_node": "overlay.nodes.running",
    **dict.fromkeys(
        (
            "AmbiguousName",
            "Change",
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
        ),
        "overlay.sdk",
    ),
}

__all__ = [
    "AmbiguousName",
    "Change",
    "Client",
    "ClientClosed",
    "ConfigError",
    "Handle",
    "Identity",
    "IdentityInUse",
    "KeysChange",
    "LinkError",
    "LocalError",
    "Message",
    "NotDelivered",
    "OverlayError",
    "Person",
    "PersonChange",
    "Refused",
    "RemoteError",
    "Status",
    "StoreError",
    "UnknownName",
    "Unreachable",
    "UsageError",
    "connect",
    "running_node",
]


def __getattr__(name: str) -> object:
    if name in _PLACES:
        return getattr(import_module(_PLACES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
