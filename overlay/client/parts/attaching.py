"""Being served: dial, handshake, attach, and resume elsewhere when the home is gone.

docs/protocol.md, sections 2, 8.1 and 8.5.
"""

from overlay import limits
from overlay.client.durable.rows import homes_row, incarnation_row, network_row
from overlay.client.durable.values import NetworkTaken
from overlay.client.facts import Attached, AttachRefused, Detached, HomeMisbehaved, HomeUnreachable
from overlay.client.state.connection import HomeLink, Phase
from overlay.client.state.deadlines import Moment
from overlay.client.state.everything import State
from overlay.crypto.encoding import encode
from overlay.crypto.sealing import SUITE
from overlay.errors import Banned, RemoteError, Unexpected
from overlay.messages.clients import Attach, Detach, Find, Found
from overlay.messages.ids import Incarnation
from overlay.messages.links import Hello, Home, Proof, Refusal, Welcome
from overlay.messages.records import Bundle, Presence
from overlay.messages.union import Message
from overlay.peering.effects import CloseLink, Dial
from overlay.peering.events import DialFailed, LinkClosed, LinkOpened
from overlay.peering.handshake import Handshake
from overlay.peering.handshake import Ourselves as Introduced
from overlay.peering.handshake import State as HandshakeState
from overlay.peering.statements import Verified


class Attaching:
    """Finds a home, and another one when it is lost."""

    def __init__(self, state: State) -> None:
        self._desk = state.desk
        self._ledger = state.ledger
        self._ourselves = state.ourselves
        self._connection = state.connection
        self._homes = state.homes
        self._bundle: Verified[Bundle] | None = None
        self._attach_request: int | None = None
        self._own_find: int | None = None

    # Dials.

    def start(self) -> None:
        """Make this run's incarnation durable, then dial."""
        self._ledger.put(incarnation_row(self._ourselves.incarnation), lambda _: self.dial())

    def dial(self) -> None:
        """Dial the next address, unless this client has stopped meanwhile."""
        if self._connection.phase not in (Phase.STARTING, Phase.RESTING):
            return
        address = self._homes.next()
        if address is None:
            self._connection.phase = Phase.STOPPED
            self._desk.report(Detached(reason="no_address", is_final=True))
            return
        self._connection.phase = Phase.DIALLING
        self._connection.dialling = address
        self._desk.do(Dial(address))

    def on_dial_failed(self, event: DialFailed, now_ms: int) -> None:
        """Nobody there: the next address follows."""
        if self._connection.phase is Phase.DIALLING:
            self._desk.report(HomeUnreachable(address=event.address, reason=event.reason))
            self._rest(now_ms)

    def on_link_opened(self, event: LinkOpened, now_ms: int) -> None:
        """Begin the handshake; the listener speaks first."""
        if self._connection.phase is not Phase.DIALLING:
            self._desk.do(CloseLink(event.link, "stopping"))
            return
        assert self._connection.dialling is not None
        handshake = Handshake(
            self._introduced(),
            self._desk.random,
            dials=True,
            certificate=event.certificate_fingerprint,
        )
        self._connection.phase = Phase.HANDSHAKE
        self._connection.link = HomeLink(
            id=event.link,
            address=self._connection.dialling,
            handshake=handshake,
            heard_ms=now_ms,
            said_ms=now_ms,
        )
        self._desk.timers.set(Moment.HANDSHAKE, now_ms + limits.HANDSHAKE_MS)

    def _rest(self, now_ms: int) -> None:
        self._connection.phase = Phase.RESTING
        self._desk.timers.set(Moment.DIAL, now_ms + self._homes.wait_ms(self._desk.random, now_ms))

    def _introduced(self) -> Introduced:
        taken = self._ourselves.taken
        return Introduced(
            key=self._ourselves.key,
            role="client",
            incarnation=self._ourselves.incarnation,
            network=taken.network if taken is not None else None,
            admission=taken.admission if taken is not None else None,
            suites=(SUITE,),
            software=self._ourselves.settings.software,
        )

    # Handshake.

    def on_handshake(self, message: Message) -> bool:
        """One message before `welcome`; True when we have just entered a network for good.

        Raises a `RemoteError` that ends the link.
        """
        handshake = self._connection.open_link.handshake
        match message:
            case Hello():
                self._connection.say(*handshake.on_hello(message))
                return False
            case Proof():
                self._connection.say(*handshake.on_proof(message))
                return self._enter(handshake)
            case _:
                raise Unexpected("nothing but the handshake until it is over")

    def _enter(self, handshake: Handshake) -> bool:
        if self._ourselves.taken is not None:
            return False
        taken = NetworkTaken(handshake.network, handshake.admission)
        self._ourselves.enter(taken)
        self._ledger.put(network_row(taken))
        return True

    def on_welcome(self, welcome: Welcome, now_ms: int) -> bool:
        """The node serves us; True when we may attach, False when we begin anew.

        Raises `Unexpected` before the proofs, and a second time.
        """
        link = self._connection.open_link
        if self._connection.phase is not Phase.HANDSHAKE:
            raise Unexpected("a second welcome")
        if link.handshake.state is not HandshakeState.PROVED:
            raise Unexpected("a welcome before the proof")
        link.unanswered.resize(welcome.limits.credit_envelopes, welcome.limits.credit_bytes)
        link.unanswered.pace()
        self.rank(welcome.homes)
        known = self._known_presence(welcome)
        if known is not None and self._ourselves.is_of_another_run(known):
            self._begin_anew(known.value.incarnation, now_ms)
            return False
        self._connection.phase = Phase.ATTACHING
        return True

    def _known_presence(self, welcome: Welcome) -> Verified[Presence] | None:
        if welcome.record is None:
            return None
        try:
            presence = self._ourselves.reader.read_as(Presence, welcome.record)
        except RemoteError as error:
            self._desk.report(HomeMisbehaved(code=error.code, detail=error.detail))
            return None
        return presence if presence.value.signer == self._ourselves.client else None

    def _begin_anew(self, above: Incarnation, now_ms: int) -> None:
        """Another run of this client is known: its disk was lost. Take an incarnation above."""
        self._ourselves.raise_incarnation(above)
        self._bundle = None
        self._close("old_incarnation", now_ms)
        self._connection.phase = Phase.STARTING
        self.start()

    def rank(self, homes: tuple[Home, ...]) -> None:
        """Remember where to go when this home is gone."""
        if self._homes.rank(homes):
            self._ledger.put(homes_row(homes))

    # Attach.

    def attach(self, now_ms: int) -> None:
        """Ask to be served, or tell anew what has changed. Our account's record is there."""
        link, record = self._connection.open_link, self._ourselves.record
        assert record is not None
        if self._bundle is None:
            self._bundle = self._ourselves.sign_bundle(self._make_bundle())
        presence = self._ourselves.sign_presence(
            link.home, link.home_incarnation, self._bundle.leaf
        )
        self._attach_request = self._connection.next_request()
        self._connection.ask(
            Attach(
                request=self._attach_request,
                presence=presence.signed,
                account=record.signed,
                bundle=self._bundle.signed,
            ),
            now_ms,
        )

    def on_done(self, request: int) -> bool:
        """True when a home serves us that did not before."""
        if request != self._attach_request:
            return False
        self._attach_request = None
        if self._connection.is_attached:
            return False
        link = self._connection.open_link
        self._connection.phase = Phase.ATTACHED
        self._desk.timers.cancel(Moment.HANDSHAKE)
        self._homes.found(link.address)
        self._desk.report(
            Attached(home=link.home, address=link.address, incarnation=self._ourselves.incarnation)
        )
        return True

    def on_refused(self, refusal: Refusal, now_ms: int) -> None:
        """A request of ours is refused; of an attach that ends the link, mostly."""
        if refusal.request == self._own_find:
            self._own_find = None
            self.refused("not_certified", refusal.detail, now_ms)
        elif refusal.request == self._attach_request:
            self._on_attach_refused(refusal, now_ms)

    def on_found(self, found: Found, now_ms: int) -> None:
        """The home has said which record of our account it holds; if that was no help, go."""
        if found.is_last and found.request == self._own_find:
            self._own_find = None
            if self._attach_request is None:
                self.refused("not_certified", "a newer record does not list this client", now_ms)

    def _on_attach_refused(self, refusal: Refusal, now_ms: int) -> None:
        self._attach_request = None
        can_certify = self._ourselves.identity.account_key is not None
        if refusal.code == "old_incarnation":
            self._tell_refusal(refusal.code, refusal.detail)
            self._begin_anew(self._ourselves.incarnation, now_ms)
        elif refusal.code == "not_certified" and can_certify:
            # It may know a record with more clients than we do: learn it, and add ourselves.
            self._own_find = self._connection.next_request()
            find = Find(request=self._own_find, id=self._ourselves.account)
            self._connection.ask(find, now_ms)
        elif refusal.code == "busy" and self._connection.is_attached:
            # It serves us with what it has; what has changed since it is told a little later.
            wait_ms = refusal.retry_after_ms or limits.BUSY_RETRY_MS
            self._desk.timers.set(Moment.RENEW, now_ms + wait_ms)
        else:
            self.turned_away(refusal, now_ms)

    def _make_bundle(self) -> Bundle:
        key = self._ourselves.sealing_key()
        return Bundle(
            signer=self._ourselves.client,
            salt=self._desk.fresh_id(),
            account=self._ourselves.account,
            suite=SUITE,
            key_id=key.key_id,
            key=encode(key.public),
        )

    # Ends.

    def turned_away(self, refusal: Refusal, now_ms: int) -> None:
        """This node will not have us: go on to others, and come again when it says so."""
        retry_after_ms = refusal.retry_after_ms
        if retry_after_ms is not None or refusal.code == Banned.code:
            wait_ms = limits.BANNED_RETRY_MS if retry_after_ms is None else retry_after_ms
            until_ms = now_ms + min(wait_ms, limits.BANNED_RETRY_MS)
            self._homes.avoid(self._connection.open_link.address, until_ms)
        self.refused(refusal.code, refusal.detail, now_ms, retry_after_ms)

    def refused(
        self, code: str, detail: str, now_ms: int, retry_after_ms: int | None = None
    ) -> None:
        """This node does not serve us, or no longer: tell why, and go on to the next."""
        self._tell_refusal(code, detail, retry_after_ms)
        self.leave(code, now_ms)

    def leave(self, code: str, now_ms: int) -> None:
        """Close the link and resume elsewhere."""
        self._close(code, now_ms)
        self._rest(now_ms)

    def on_link_closed(self, event: LinkClosed, now_ms: int) -> None:
        """The link is gone: resume elsewhere."""
        link = self._connection.link
        if link is not None and link.id == event.link:
            self._tell_refusal("closed", event.reason)
            self._drop(event.reason)
            self._rest(now_ms)

    def stop(self, reason: str, now_ms: int) -> None:
        """Be served no longer, and dial no more."""
        if self._connection.is_attached:
            self._connection.say(Detach())
        if self._connection.link is not None:
            self._close("stopping", now_ms, is_told=False)
        self._connection.phase = Phase.STOPPED
        self._desk.timers.cancel(Moment.DIAL)
        self._desk.report(Detached(reason=reason, is_final=True))

    def _close(self, code: str, now_ms: int, *, is_told: bool = True) -> None:
        for send in self._connection.flush(now_ms):
            self._desk.do(send)
        self._desk.do(CloseLink(self._connection.open_link.id, code))
        self._drop(code, is_told=is_told)

    def _drop(self, reason: str, *, is_told: bool = True) -> None:
        if self._connection.is_attached and is_told:
            self._desk.report(Detached(reason=reason))
        self._connection.link = None
        self._attach_request = self._own_find = None
        self._desk.timers.cancel(Moment.HANDSHAKE)
        self._desk.timers.cancel(Moment.RENEW)

    def _tell_refusal(self, code: str, detail: str, retry_after_ms: int | None = None) -> None:
        if self._connection.is_attached and code != Banned.code:
            return
        fact = AttachRefused(
            address=self._connection.open_link.address,
            code=code,
            detail=detail,
            retry_after_ms=retry_after_ms,
        )
        self._desk.report(fact)
