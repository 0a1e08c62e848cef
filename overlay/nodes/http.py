"""What a node answers over HTTP: pages, `/healthz`, `/status`, `/metrics`, what the map shows.

docs/protocol.md, 1.1.
"""

import gzip
import json
import mimetypes
from collections.abc import Callable, Mapping
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Final, NamedTuple

from overlay.core.requests import NodeStatus
from overlay.nodes.feed import Feed
from overlay.nodes.picture import picture_of
from overlay.nodes.status import status_fields
from overlay.structures.hosts import is_loopback
from overlay.transport.http import HttpRefusedError, Request, Response, Streamed

_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    # A page whose node has died goes on at any other member.
    "font-src 'self'; connect-src 'self' wss: ws://127.0.0.1:* ws://localhost:*; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_HEADERS: Final = (
    ("content-security-policy", _POLICY),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"),
    ("cross-origin-opener-policy", "same-origin"),
)
MAP_PATH: Final = "/overlay-map"
EVENTS_PATH: Final = f"{MAP_PATH}/events"
CONTROL_PATH: Final = f"{MAP_PATH}/control"
"""Where the map of a demo takes orders; nodes have nothing there."""

_MAP_PAGE: Final = "overlay-map.html"
_PAGES: Final = {
    "/": "index.html",
    "/index.html": "index.html",
    MAP_PATH: _MAP_PAGE,
    f"{MAP_PATH}.html": _MAP_PAGE,
}
_METRICS_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
_FOREVER: Final = "public, max-age=31536000, immutable"
_VARIES: Final = ("vary", "accept-encoding")
_IN_GZIP: Final = (("content-encoding", "gzip"), _VARIES)


class _Asset(NamedTuple):
    plain: bytes
    in_gzip: bytes


class Assets:
    """The files of the built pages, read once: nothing else is served from the disk."""

    def __init__(self) -> None:
        self._assets = _read_assets(files("overlay") / "web" / "dist")

    def answer(self, request: Request) -> Response:
        """The file asked for. Raises: `HttpRefusedError` if there is none."""
        name = _PAGES.get(request.path, request.path.lstrip("/"))
        takes_gzip = "gzip" in request.header("accept-encoding")
        asset = self._assets.get(name)
        if asset is None and name in _PAGES.values():
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


class Pages:
    """Answers requests from what the wheel holds and what the node says of itself."""

    def __init__(
        self,
        status: Callable[[], NodeStatus],
        lag_ms: Callable[[], float] = lambda: 0.0,
        *,
        metrics: Callable[[], bytes] = bytes,
        has_public_metrics: bool = False,
        is_behind_proxy: bool = False,
    ) -> None:
        """Behind a proxy on this machine everybody seems to be here."""
        self._metrics = metrics
        self._has_public_metrics = has_public_metrics
        self._is_behind_proxy = is_behind_proxy
        self._status = status
        self._lag_ms = lag_ms
        self._assets = Assets()
        self._feed = Feed(lambda: picture_of(status()).fields())

    async def answer(self, request: Request) -> Response | Streamed:
        """The transport has checked method and host."""
        match request.path:
            case "/healthz":
                return _text("ok\n")
            case "/status":
                self._check_is_local(request)
                return json_response(200, status_fields(self._status(), self._lag_ms()))
            case "/metrics":
                if not self._has_public_metrics:
                    self._check_is_local(request)
                return Response(200, (("content-type", _METRICS_TYPE), *_HEADERS), self._metrics())
            case path if path == EVENTS_PATH:
                self._check_is_local(request)
                return follow(self._feed)
            case path:
                if _PAGES.get(path) == _MAP_PAGE:
                    self._check_is_local(request)
                return self._assets.answer(request)

    def _check_is_local(self, request: Request) -> None:
        if self._is_behind_proxy:
            raise HttpRefusedError(403, "behind a proxy this is shown to nobody: `overlay status`")
        check_is_local(request)


def follow(feed: Feed) -> Streamed:
    """A picture as it changes. Raises: `HttpRefusedError` for one too many."""
    kind = (("content-type", "text/event-stream"), ("cache-control", "no-store"))
    return Streamed(200, (*kind, *_HEADERS), feed.follow())


def check_is_local(request: Request) -> None:
    """Raises: `HttpRefusedError` for a request from another machine, whatever we listen at."""
    if not is_loopback(request.remote_address):
        raise HttpRefusedError(403, "this is shown on the node's own machine only")


def json_response(status: int, fields: Mapping[str, object]) -> Response:
    """An answer for programs."""
    kind = (("content-type", "application/json"), ("cache-control", "no-store"))
    return Response(status, (*kind, *_HEADERS), json.dumps(fields).encode())


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
