"""Is our home still there? Heartbeats, acks, and silence. docs/protocol.md, 1.3, 1.4 and 8.5."""

from overlay import limits
from overlay.client.state.connection import HomeLink
from overlay.client.state.deadlines import Moment
from overlay.client.state.everything import State
from overlay.messages.links import Ack, Heartbeat

_MOMENTS = (Moment.ACK, Moment.ANSWER, Moment.HEARTBEAT, Moment.SILENCE)


class Liveness:
    """Keeps the link warm, and notices when nothing comes back."""

    def __init__(self, state: State) -> None:
        self._desk = state.desk
        self._connection = state.connection

    def on_welcomed(self, heartbeat_ms: int, now_ms: int) -> None:
        """The home has told how often it wants to hear from us, and will be heard."""
        link = self._connection.open_link
        link.heartbeat_ms = heartbeat_ms
        self._plan_heartbeat(link, now_ms)
        self._desk.timers.set(Moment.SILENCE, now_ms + self._silence_ms(link))

    def on_heard(self, now_ms: int) -> None:
        """Something came."""
        link = self._connection.open_link
        link.heard_ms = now_ms
        link.asked_ms = link.echo_ms = None
        self._desk.timers.cancel(Moment.ANSWER)

    def on_heartbeat(self, heartbeat: Heartbeat) -> None:
        if heartbeat.wants_echo:
            self._connection.say(Heartbeat())

    def owe_ack(self, now_ms: int) -> None:
        """Something numbered came: ack it with the next frame, at latest after the delay."""
        link = self._connection.open_link
        if not link.is_ack_due:
            link.is_ack_due = True
            self._desk.timers.set(Moment.ACK, now_ms + limits.ACK_DELAY_MS)

    def hold_back(self, is_held_back: bool) -> None:
        """Ack nothing for now, or what waited for it."""
        self._connection.is_held_back = is_held_back
        if self._connection.link is not None:
            self.on_ack_due()

    def flush(self) -> None:
        """Wait for an answer from when something was asked."""
        link = self._connection.link
        if link is not None and link.asked_ms is not None and link.echo_ms is None:
            at_ms = link.asked_ms + limits.CLIENT_ASK_MS
            self._desk.timers.set(Moment.ANSWER, at_ms)

    def on_ack_due(self) -> None:
        """The delay is over: ack in a frame of its own."""
        link = self._connection.open_link
        if link.is_ack_due and not self._connection.is_held_back:
            link.is_ack_due = False
            self._connection.say(Ack(link.received.ack()))

    def on_heartbeat_due(self, now_ms: int) -> None:
        """Say that we live, unless something was said meanwhile."""
        link = self._connection.open_link
        if now_ms >= link.said_ms + int(link.heartbeat_ms * (1 - limits.HEARTBEAT_JITTER)):
            self._connection.say(Heartbeat())
            link.said_ms = now_ms
        self._plan_heartbeat(link, link.said_ms)

    def on_answer_due(self, now_ms: int) -> bool:
        """Ask whether the home lives; True when it was asked already and is given up."""
        link = self._connection.open_link
        if link.echo_ms is not None:
            return True
        self._ask_for_echo(link, now_ms)
        return False

    def on_silence_due(self, now_ms: int) -> None:
        """Nothing came for three heartbeats, perhaps: ask as well."""
        link = self._connection.open_link
        quiet_until = link.heard_ms + self._silence_ms(link)
        if now_ms >= quiet_until:
            quiet_until = now_ms + self._silence_ms(link)
            if link.echo_ms is None:
                self._ask_for_echo(link, now_ms)
        self._desk.timers.set(Moment.SILENCE, quiet_until)

    def on_detached(self) -> None:
        """There is no link to keep."""
        for moment in _MOMENTS:
            self._desk.timers.cancel(moment)

    def _ask_for_echo(self, link: HomeLink, now_ms: int) -> None:
        link.echo_ms = now_ms
        self._connection.say(Heartbeat(wants_echo=True))
        self._desk.timers.set(Moment.ANSWER, now_ms + limits.CLIENT_ASK_MS)

    def _plan_heartbeat(self, link: HomeLink, from_ms: int) -> None:
        jitter = 1 + limits.HEARTBEAT_JITTER * (2 * self._desk.random.random() - 1)
        self._desk.timers.set(Moment.HEARTBEAT, from_ms + int(link.heartbeat_ms * jitter))

    def _silence_ms(self, link: HomeLink) -> int:
        return limits.SILENT_HEARTBEATS * link.heartbeat_ms
