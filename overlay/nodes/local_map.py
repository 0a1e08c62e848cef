"""The map of a local overlay: a port of its own, which all nodes feed, and which takes orders."""

import hmac
import json
import secrets
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing, asynccontextmanager
from typing import Final

import trio

from overlay.errors import LinkError
from overlay.nodes.feed import Feed
from overlay.nodes.http import (
    CONTROL_PATH,
    EVENTS_PATH,
    MAP_PATH,
    Assets,
    check_is_local,
    follow,
    json_response,
)
from overlay.nodes.local import LocalNode, LocalOverlay
from overlay.nodes.merging import Told, merged
from overlay.nodes.picture import Picture
from overlay.nodes.steering import NotNow, Steering
from overlay.nodes.watching import follow_map
from overlay.transport.addresses import Endpoint
from overlay.transport.http import HttpRefusedError, Request, Response, Streamed
from overlay.transport.link import Link
from overlay.transport.listen import listening_at, open_listeners
from overlay.transport.port import Port

TOKEN_BYTES: Final = 24
"""Nobody guesses that many."""

AGAIN_SECONDS: Final = 0.1
"""Until a node that shows no map is asked for it again."""

FIRST_SECONDS: Final = 1.0
"""A page waits so long for the first pictures of all nodes; one that stands still sends none."""

_NAME: Final = "the demo"


class _Refused(Exception):
    """An order that is not carried out: status, code, and words for it."""

    def __init__(self, status: int, code: str, detail: str) -> None:
        super().__init__(detail)
        self.status = status
        self.fields: dict[str, object] = {"ok": False, "code": code, "detail": detail}


@asynccontextmanager
async def local_map(local: LocalOverlay) -> AsyncIterator["LocalMap"]:
    """Serve the map of a local overlay, on a free port of loopback, while the block lasts."""
    (listener,) = await open_listeners(Endpoint("127.0.0.1", 0))
    shown = LocalMap(local, listening_at(listener), secrets.token_urlsafe(TOKEN_BYTES))
    port = Port(answer=shown.answer, carry=_no_link, methods=("GET", "HEAD", "POST"))
    async with trio.open_nursery() as nursery:
        nursery.start_soon(trio.serve_listeners, port.serve, [listener])
        nursery.start_soon(shown.follow_nodes)
        yield shown
        nursery.cancel_scope.cancel()


class LocalMap:
    """Shows what all nodes see, and does what it is told to by who has the token.

    Nodes are followed from when somebody first looks.
    """

    def __init__(self, local: LocalOverlay, endpoint: Endpoint, token: str) -> None:
        self.endpoint = endpoint
        self._local = local
        self._token = token
        self._steering = Steering(local)
        self._assets = Assets()
        self._feed = Feed(lambda: self.picture().fields())
        self._pictures: dict[str, Picture] = {}
        self._is_wanted = trio.Event()
        self._has_all = trio.Event()

    @property
    def address(self) -> str:
        """Where it is, without the token: one may look, and do nothing."""
        return f"http://{self.endpoint}{MAP_PATH}"

    @property
    def address_with_token(self) -> str:
        """The same with it, in the fragment, which no browser sends and no server logs."""
        return f"{self.address}#token={self._token}"

    async def follow_nodes(self) -> None:
        """Follow every node once somebody wants to see them, until cancelled."""
        await self._is_wanted.wait()
        async with trio.open_nursery() as nursery:
            for node in self._local.nodes:
                nursery.start_soon(self._follow, node)

    async def _follow(self, node: LocalNode) -> None:
        while True:
            try:
                async with aclosing(follow_map(node.endpoint)) as pictures:
                    async for picture in pictures:
                        self._pictures[node.name] = picture
                        self._look_whether_all()
            except LinkError:
                # One that stands still is silent, and what it last said is still the best we have.
                if not node.is_frozen:
                    self._pictures.pop(node.name, None)
            await trio.sleep(AGAIN_SECONDS)

    def _look_whether_all(self) -> None:
        running = [node for node in self._local.nodes if node.is_running and not node.is_frozen]
        if all(node.name in self._pictures for node in running):
            self._has_all.set()

    def picture(self) -> Picture:
        """All that is known now."""
        return merged([self._told(node) for node in self._local.nodes], _NAME)

    def _told(self, node: LocalNode) -> Told:
        picture = self._pictures.get(node.name)
        is_paused = node.is_running and node.is_frozen
        is_alive = node.is_running and picture is not None
        return Told(
            id=node.id,
            name=node.name,
            state="paused" if is_paused else "alive" if is_alive else "dead",
            picture=picture,
            neighbours=tuple(self._local.node(name).id for name in node.neighbours),
        )

    async def answer(self, request: Request) -> Response | Streamed:
        """The transport has checked method and host."""
        check_is_local(request)
        match request.path:
            case path if path == EVENTS_PATH:
                self._is_wanted.set()
                with trio.move_on_after(FIRST_SECONDS):
                    await self._has_all.wait()
                return follow(self._feed)
            case path if path == CONTROL_PATH:
                return await self._control(request)
            case path if path == MAP_PATH or path.startswith("/assets/"):
                return self._assets.answer(request)
            case _:
                raise HttpRefusedError(404, f"there is nothing here but {MAP_PATH}")

    async def _control(self, request: Request) -> Response:
        try:
            self._check_token(request)
            if request.method != "POST":
                return json_response(200, {"ok": True})
            return json_response(200, {"ok": True, "detail": await self._obey(request.body)})
        except _Refused as refused:
            return json_response(refused.status, refused.fields)
        except NotNow as error:
            return json_response(409, {"ok": False, "code": "not_now", "detail": str(error)})

    def _check_token(self, request: Request) -> None:
        """Who has the token may give orders, from a page of ours or from no page at all."""
        kind, _, token = request.header("authorization").partition(" ")
        if kind.lower() != "bearer" or not token:
            raise _Refused(401, "no_token", "the demo prints an address with a token")
        if not hmac.compare_digest(token.strip().encode(), self._token.encode()):
            raise _Refused(403, "wrong_token", "the token is of another demo")
        origin = request.header("origin")
        if origin and origin != f"http://{request.header('host')}":
            raise _Refused(403, "foreign_page", "orders come from the map itself")

    async def _obey(self, body: bytes) -> str:
        try:
            order = json.loads(body)
        except (ValueError, RecursionError):
            order = None
        match order:
            case {"do": "kill" | "pause" | "revive" as verb, "node": str(one)}:
                (node,) = self._nodes([one])
                do = {
                    "kill": self._steering.kill,
                    "pause": self._steering.pause,
                    "revive": self._steering.revive,
                }[verb]
                return await do(node)
            case {"do": "cut" | "mend" as verb, "node": str(one), "other": str(two)}:
                first, second = self._nodes([one, two])
                both = self._steering.cut if verb == "cut" else self._steering.mend
                return await both(first, second)
            case _:
                raise _Refused(400, "malformed", "no order that is known here")

    def _nodes(self, ids: Sequence[str]) -> list[LocalNode]:
        known: dict[str, LocalNode] = {node.id: node for node in self._local.nodes}
        found = [known[each] for each in ids if each in known]
        if len(set(ids)) < len(ids) or len(found) < len(ids):
            raise _Refused(404, "unknown_node", "no such node, or the same one twice")
        return found


async def _no_link(link: Link) -> None:
    """The map is no node: whoever asks for a link has the wrong port, and is let go."""
