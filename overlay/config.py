"""The operator's file: who this node is, where it listens, whom it admits. docs/operators.md.

Read strictly: what is unknown, missing or out of bounds is refused with the
file, the key, what was found and what is expected. The older form with
`server_name`, `admin` and `mailing_address` is read too.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError
from pydantic_core import ErrorDetails

from overlay import limits
from overlay.core.settings import SHARES, Neighbour, Share
from overlay.crypto.keys import public_key
from overlay.errors import BadKey, ConfigError
from overlay.messages.ids import Address, NodeId
from overlay.messages.links import Admission
from overlay.structures.broken_json import flaw_of
from overlay.structures.hosts import scheme_of
from overlay.structures.rates import Rate, read_rate

_ID = r"^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$"
_ENDPOINT = r"(\[[0-9a-fA-F:]+\]|[^\s:/@]+):[0-9]{1,5}"
_ADDRESS = rf"^wss?://{_ENDPOINT}/overlay$"
_LISTEN = rf"^{_ENDPOINT}$"
_NO_CONTROL = r"^[^\x00-\x1f\x7f]+$"
_FILE = r"^[^\x00]+$"
_LABEL = rf"^[a-z0-9_-]{{1,{limits.NETWORK_CHARACTERS_MAX}}}$"

Name = Annotated[
    str,
    StringConstraints(min_length=1, max_length=limits.NAME_CHARACTERS_MAX, pattern=_NO_CONTROL),
]
_File = Annotated[str, StringConstraints(pattern=_FILE)]

_IF_MISSING = "the neighbours file; `overlay node init` writes one"
_SMALLEST = 'an object such as {"name": "north", "listen": "127.0.0.1:7700"}'

_EXPECTATIONS = {
    _ID: "a node id of 43 characters, as `overlay status` prints it",
    _ADDRESS: "an address such as ws://127.0.0.1:7701/overlay",
    _LISTEN: "HOST:PORT, such as 127.0.0.1:7700",
    _LABEL: "up to 32 of a-z, 0-9, _ and -",
    _NO_CONTROL: "text without control characters",
    _FILE: "the path of a file, beside this one if it is relative",
}


@dataclass(frozen=True, slots=True)
class TlsFiles:
    """The operator's own certificate, beside the file; without a key a proxy presents it."""

    certificate: str
    key: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeFile:
    """What a neighbours file says. `ignored` names what the older form had beyond that.

    `address` is where others reach the node, where that is not where it listens.
    Without `tls` it makes a certificate of its own, where it needs one.
    """

    name: str
    network: str
    admission: Admission
    listen: str
    neighbours: tuple[Neighbour, ...]
    extra_links: int = limits.EXTRA_LINKS
    address: Address | None = None
    tls: TlsFiles | None = None
    has_public_metrics: bool = False
    shares: Mapping[Share, Rate] = field(default_factory=dict)
    """Where peers may have more, or less, than usual."""
    ignored: tuple[str, ...] = ()


_KINDS = {
    "string_type": "text in quotes",
    "string_unicode": "text in UTF-8",
    "int_type": "a whole number",
    "bool_type": "true or false",
    "tuple_type": "a list",
    "dict_type": "an object",
    "model_type": "an object",
}


class _Strict(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class _NeighbourEntry(_Strict):
    address: Annotated[str, StringConstraints(pattern=_ADDRESS)] | None = None
    id: Annotated[str, StringConstraints(pattern=_ID)] | None = None
    may_admit: bool = True
    blocked: bool = False


class _TlsFiles(_Strict):
    certificate: _File
    key: _File | None = None


class _Limits(_Strict):
    messages: str | None = None
    bytes: str | None = None
    attaches: str | None = None
    lookups: str | None = None
    records: str | None = None


class _NodeFile(_Strict):
    name: Name
    listen: Annotated[str, StringConstraints(pattern=_LISTEN)]
    address: Annotated[str, StringConstraints(pattern=_ADDRESS)] | None = None
    network: Annotated[str, StringConstraints(pattern=_LABEL)] = "overlay"
    admission: Admission = "listed"
    extra_links: Annotated[int, Field(ge=0, le=limits.EXTRA_LINKS_MAX)] = limits.EXTRA_LINKS
    tls: _TlsFiles | None = None
    public_metrics: bool = False
    neighbours: Annotated[
        tuple[_NeighbourEntry, ...], Field(max_length=limits.NEIGHBOURS_MAX, strict=False)
    ] = ()
    # Last, since it hides the module of that name in what follows.
    limits: _Limits = _Limits()


class _OlderFile(BaseModel):
    """`mailing_address` maps the names of servers to `host:port`; our own may be among them."""

    model_config = ConfigDict(strict=True, extra="allow", frozen=True)

    server_name: Name
    mailing_address: Annotated[
        dict[Name, Annotated[str, StringConstraints(pattern=_LISTEN)]],
        Field(max_length=limits.NEIGHBOURS_MAX),
    ]


def read_node_file(path: Path, if_missing: str = _IF_MISSING) -> NodeFile:
    """Read a neighbours file. Raises `ConfigError`, which expects `if_missing` of no file."""
    found = _read_json(path, if_missing)
    if isinstance(found, dict) and "mailing_address" in found:
        return _read_older(path, found)
    return _read(path, found)


def checked_node_file(path: Path, file: NodeFile) -> NodeFile:
    """`file` as it would be read from `path`. Raises `ConfigError` where it would not be."""
    return _read(path, _content(file))


def _read(path: Path, found: object) -> NodeFile:
    try:
        file = _NodeFile.model_validate(found)
    except ValidationError as error:
        raise _explained(path, error) from None
    neighbours = tuple(
        _neighbour(path, number, entry) for number, entry in enumerate(file.neighbours)
    )
    _check_twice(path, neighbours)
    return NodeFile(
        name=file.name,
        network=file.network,
        admission=file.admission,
        listen=file.listen,
        neighbours=neighbours,
        extra_links=file.extra_links,
        address=Address(file.address) if file.address is not None else None,
        tls=TlsFiles(file.tls.certificate, file.tls.key) if file.tls is not None else None,
        has_public_metrics=file.public_metrics,
        shares=_shares(path, file.limits),
    )


def write_node_file(path: Path, file: NodeFile) -> None:
    """Write a neighbours file that reads back as `file`. Raises `ConfigError`."""
    text = json.dumps(_content(file), indent=2, ensure_ascii=False) + "\n"
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise ConfigError(str(path), error.strerror or str(error), "a file we may write") from None


def _content(file: NodeFile) -> dict[str, object]:
    return {
        "name": file.name,
        "listen": file.listen,
        **({"address": file.address} if file.address is not None else {}),
        "network": file.network,
        "admission": file.admission,
        "extra_links": file.extra_links,
        **({"tls": _files(file.tls)} if file.tls is not None else {}),
        **({"public_metrics": True} if file.has_public_metrics else {}),
        **({"limits": _written(file.shares)} if file.shares else {}),
        "neighbours": [_entry(neighbour) for neighbour in file.neighbours],
    }


def address_of(endpoint: str) -> Address:
    """`host:port` as an address: `ws://` on this machine, `wss://` elsewhere."""
    return Address(f"{scheme_of(endpoint)}://{endpoint}/overlay")


def _read_json(path: Path, if_missing: str) -> object:
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise ConfigError(str(path), "no such file", if_missing) from None
    except IsADirectoryError:
        raise ConfigError(str(path), "a directory", "a neighbours file") from None
    except UnicodeDecodeError:
        raise ConfigError(str(path), "something that is not UTF-8", "text in UTF-8") from None
    except OSError as error:
        found = error.strerror or str(error)
        raise ConfigError(str(path), found, "a file we may read") from None
    if not text.strip():
        raise ConfigError(str(path), "an empty file", _SMALLEST)
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        flaw = flaw_of(text, error)
        where = f"{path}, line {flaw.line}, column {flaw.column}"
        raise ConfigError(where, flaw.found, flaw.expected) from None
    except RecursionError:
        raise ConfigError(str(path), "nesting without end", "JSON") from None
    except ValueError:
        raise ConfigError(str(path), "a number of thousands of digits", "JSON") from None


def _read_older(path: Path, found: dict[str, object]) -> NodeFile:
    try:
        file = _OlderFile.model_validate(found)
    except ValidationError as error:
        raise _explained(path, error) from None
    own = file.mailing_address.get(file.server_name)
    others = {name: at for name, at in file.mailing_address.items() if name != file.server_name}
    _check_twice_in_older(path, others)
    ignored = sorted(set(found) - {"server_name", "mailing_address"})
    ignored += [f"mailing_address: the name {name!r}" for name in others]
    return NodeFile(
        name=file.server_name,
        network="overlay",
        admission="listed",
        listen=own or "127.0.0.1:5555",
        neighbours=tuple(Neighbour(address=address_of(at), id=None) for at in others.values()),
        ignored=tuple(ignored),
    )


def _neighbour(path: Path, number: int, entry: _NeighbourEntry) -> Neighbour:
    if entry.address is None and entry.id is None:
        where = f"{path}: neighbours[{number}]"
        raise ConfigError(where, "neither `address` nor `id`", "at least one of them")
    if entry.id is not None:
        _check_key(f"{path}: neighbours[{number}].id", entry.id)
    return Neighbour(
        address=Address(entry.address) if entry.address is not None else None,
        id=NodeId(entry.id) if entry.id is not None else None,
        may_admit=entry.may_admit,
        is_blocked=entry.blocked,
    )


def _shares(path: Path, written: _Limits) -> dict[Share, Rate]:
    found: dict[Share, Rate] = {}
    for share in Share:
        text: str | None = getattr(written, share.written)
        if text is None:
            continue
        try:
            found[share] = read_rate(text, SHARES[share].at_once)
        except ValueError as error:
            where = f"{path}: limits.{share.written}"
            raise ConfigError(where, json.dumps(text)[:80], str(error)) from None
    return found


def _written(shares: Mapping[Share, Rate]) -> dict[str, str]:
    return {share.written: str(rate) for share, rate in shares.items()}


def _check_key(where: str, key_id: str) -> None:
    """No node has a key that anybody can sign with; docs/protocol.md, section 3.4."""
    try:
        public_key(key_id)
    except BadKey:
        found = f"{json.dumps(key_id)}, under which anybody could sign"
        raise ConfigError(where, found, "a node's own id, as `overlay status` prints it") from None


def _files(tls: TlsFiles) -> dict[str, str]:
    return {"certificate": tls.certificate} | ({"key": tls.key} if tls.key is not None else {})


def _entry(neighbour: Neighbour) -> dict[str, object]:
    entry: dict[str, object] = {}
    if neighbour.address is not None:
        entry["address"] = neighbour.address
    if neighbour.id is not None:
        entry["id"] = neighbour.id
    if not neighbour.may_admit:
        entry["may_admit"] = False
    if neighbour.is_blocked:
        entry["blocked"] = True
    return entry


def _check_twice(path: Path, neighbours: tuple[Neighbour, ...]) -> None:
    seen: dict[str, int] = {}
    for number, neighbour in enumerate(neighbours):
        for value in (neighbour.address, neighbour.id):
            if value is None:
                continue
            if value in seen:
                where = f"{path}: neighbours[{number}]"
                found = f"{value}, which neighbours[{seen[value]}] names already"
                raise ConfigError(where, found, "each neighbour once")
            seen[value] = number


def _check_twice_in_older(path: Path, others: dict[str, str]) -> None:
    seen: dict[str, str] = {}
    for name, at in others.items():
        if at in seen:
            where = f"{path}: mailing_address.{name}"
            raise ConfigError(where, f"{at}, which {seen[at]} has already", "each neighbour once")
        seen[at] = name


def _explained(path: Path, error: ValidationError) -> ConfigError:
    # A key that is missing may stand there mistyped.
    first = min(error.errors(include_url=False), key=lambda each: each["type"] == "missing")
    key = ""
    for part in first["loc"]:
        key += f"[{part}]" if isinstance(part, int) else f".{part}" if key else part
    where = f"{path}: {key}" if key else str(path)
    if first["type"] == "missing":
        return ConfigError(where, "nothing", "this key")
    if first["type"] == "extra_forbidden":
        model = _model_at(first["loc"])
        return ConfigError(where, "an unknown key", _keys(model, str(first["loc"][-1])))
    return ConfigError(where, json.dumps(first["input"], default=str)[:80], _expected(first))


def _model_at(place: tuple[int | str, ...]) -> type[_Strict]:
    if len(place) == 1:
        return _NodeFile
    models: dict[int | str, type[_Strict]] = {"tls": _TlsFiles, "limits": _Limits}
    return models.get(place[0], _NeighbourEntry)


def _keys(model: type[_Strict], written: str) -> str:
    """The keys that there are, and which one was meant."""
    keys = list(model.model_fields)
    meant = get_close_matches(written, keys, n=1)
    return f"one of {', '.join(keys)}" + (f"; did you mean {meant[0]}?" if meant else "")


def _expected(error: ErrorDetails) -> str:
    """What pydantic expects, in words for whoever writes JSON and no Python."""
    context = error.get("ctx", {})
    match error["type"]:
        case "string_pattern_mismatch":
            return _EXPECTATIONS[context["pattern"]]
        case "string_too_short" | "string_too_long":
            return f"text of 1 to {limits.NAME_CHARACTERS_MAX} characters"
        case "too_long":
            return f"{context['max_length']} entries or fewer"
        case "greater_than_equal" | "less_than_equal":
            return f"a whole number from 0 to {limits.EXTRA_LINKS_MAX}"
        case "literal_error":
            return "one of " + str(context["expected"]).replace("'", '"').replace(" or ", ", ")
        case kind:
            return _KINDS.get(kind, error["msg"].lower())
