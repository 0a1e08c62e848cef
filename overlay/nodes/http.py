"""What a node answers over plain HTTP: the page, `/healthz`, `/status`. docs/protocol.md, 1.1."""

import gzip
import json
import mimetypes
from collections.abc import Callable
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Final, NamedTuple

from overlay.core.requests import NodeStatus
from overlay.nodes.status import status_fields
from overlay.transport.http import HttpRefusedError, Request, Response

_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self' ws://127.0.0.1:* ws://localhost:*; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_HEADERS: Final = (
    ("content-security-policy", _POLICY),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"),
    ("cross-origin-opener-policy", "same-origin"),
)
_FOREVER: Final = "public, max-age=31536000, immutable"
_VARIES: Final = ("vary", "accept-encoding")
_IN_GZIP: Final = (("content-encoding", "gzip"), _VARIES)


class _Asset(NamedTuple):
    plain: bytes
    in_gzip: bytes


class Pages:
    """Answers requests from what the wheel holds and what the node says of itself."""

    def __init__(self, status: Callable[[], NodeStatus]) -> None:
        self._status = status
        self._assets = _read_assets(files("overlay") / "web" / "dist")

    async def answer(self, request: Request) -> Response:
        """The transport has checked method and host: this node listens on loopback only."""
        match request.path:
            case "/healthz":
                return _text("ok\n")
            case "/status":
                body = json.dumps(status_fields(self._status())).encode()
                return Response(200, (("content-type", "application/json"), *_HEADERS), body)
            case path:
                return self._asset(path, "gzip" in request.header("accept-encoding"))

    def _asset(self, path: str, takes_gzip: bool) -> Response:
        name = path.lstrip("/") or "index.html"
        asset = self._assets.get(name)
        if asset is None and name == "index.html":
            return _text("This node was installed without its page: `make setup` builds it.\n")
        if asset is None:
            raise HttpRefusedError(404, "there is nothing here")
        content_type = mimetypes.guess_type(name)[0] or "application/octet-stream"
        if content_type.startswith("text/"):
            content_type += "; charset=utf-8"
        caching = _FOREVER if name.startswith("assets/") else "no-cache"
        headers = (("content-type", content_type), ("cache-control", caching), *_HEADERS)
        if takes_gzip:
            return Response(200, (*headers, *_IN_GZIP), asset.in_gzip)
        return Response(200, (*headers, _VARIES), asset.plain)


def _text(words: str) -> Response:
    return Response(200, (("content-type", "text/plain; charset=utf-8"), *_HEADERS), words.encode())


def _read_assets(root: Traversable, prefix: str = "") -> dict[str, _Asset]:
    """Every file of the built page, read once: a node serves nothing else from its disk."""
    if not root.is_dir():
        return {}
    assets: dict[str, _Asset] = {}
    for entry in root.iterdir():
        if entry.is_dir():
            assets |= _read_assets(entry, f"{prefix}{entry.name}/")
        else:
            plain = entry.read_bytes()
            assets[prefix + entry.name] = _Asset(plain, gzip.compress(plain, mtime=0))
    return assets
