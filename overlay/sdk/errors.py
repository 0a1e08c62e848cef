"""What can go wrong for a program that uses the overlay, beyond `overlay.errors`.

LocalError
├── AmbiguousName       several people bear the name; carries them
├── IdentityInUse       another process holds the identity; carries its number
├── ClientClosed        the client was left, or no node will have it any more
└── Refused
    ├── UnknownName         nobody bears the name
    └── NotDelivered        a message was given up
LinkError
└── Unreachable         no node answers at any address; says what each of them did
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

from overlay.errors import LinkError, LocalError, Refused
from overlay.sdk.values import Person


class AmbiguousName(LocalError):
    """Several people bear the name. Choose one of `candidates` by its id, or by `name@node`."""

    def __init__(self, name: str, candidates: Sequence[Person]) -> None:
        super().__init__(f"{len(candidates)} people are called {name!r}: choose one by id")
        self.name = name
        self.candidates = tuple(candidates)
        for person in candidates:
            self.add_note(f"{person.id}  {person}")


class IdentityInUse(LocalError):
    """Another process, or another block of this one, uses the identity. `pid` is 0 if unknown."""

    def __init__(self, directory: Path, pid: int) -> None:
        holder = f"process {pid}" if pid else "another process"
        super().__init__(f"{directory}: {holder} uses this identity; stop it, or use another one")
        self.directory = directory
        self.pid = pid


class ClientClosed(LocalError):
    """The block of the client was left, or every node refuses it for good."""


class UnknownName(Refused):
    """Nobody bears the name, as far as the directory and this client know."""

    def __init__(self, name: str) -> None:
        super().__init__("unknown_recipient", f"nobody known here is called {name!r}")
        self.name = name


class NotDelivered(Refused):
    """A message was given up; `code` says why: it is not in the outbox any more."""


class Unreachable(LinkError):
    """No node answers. `failures` says for each address what happened there."""

    def __init__(self, failures: Mapping[str, str]) -> None:
        tried = "; ".join(f"{address}: {reason}" for address, reason in failures.items())
        super().__init__(f"{tried or 'no address to try'}. Is a node running there?")
        self.failures = dict(failures)
