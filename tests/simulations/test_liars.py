"""What all liars share: they are as what they wrap until they lie, and count as their links do."""

from collections.abc import Callable, Sequence

from overlay.crypto.keys import SigningKey
from overlay.messages.links import Ack, Heartbeat, Refusal
from overlay.messages.routing import Spread
from overlay.messages.signed import Signed
from overlay.messages.union import Message
from overlay.peering.events import LinkId
from simulations.liars.base import Liar, LyingNode
from simulations.liars.numbers import Line
from simulations.machines import Machine, NodeMachine
from tests.simulations.small import a_run

ENVELOPE = Signed(
    kind="channel", signer="A" * 43, signed="{}", signature="A" * 86, index=0, path=()
)


class Chatterbox(LyingNode):
    """Says heartbeats that nobody asked for, and spreads what nobody said."""

    turn_every_ms = 100

    def __init__(self, inside: NodeMachine, key: SigningKey) -> None:
        super().__init__(inside, key)
        self.codes: set[str] = set()

    def on_received(self, link: LinkId, message: Message) -> Sequence[Message]:
        if isinstance(message, Refusal):
            self.codes.add(message.code)
        return (message,)

    def turn(self) -> None:
        for link in self.served:
            self.speak(link, Heartbeat(), Spread(number=0, envelope=ENVELOPE))


def wrapped(key: SigningKey) -> Callable[[NodeMachine], NodeMachine]:
    return lambda node: LyingNode(node, key)


def wrapped_client(key: SigningKey) -> Callable[[Machine], Machine]:
    return lambda client: Liar(client, key)


def spread(number: int) -> Spread:
    return Spread(number=number, envelope=ENVELOPE)


def understood(line: Line, *messages: Message) -> Sequence[Message | None]:
    return [line.understood(message) for message in messages]


def test_who_does_not_lie_is_as_what_it_wraps() -> None:
    plain, run = a_run(), a_run()
    for node in run.nodes:
        node.disguise = wrapped(node.key)
    for person in run.people:
        person.disguise = wrapped_client(person.identity.key)

    plain.play()
    run.play()

    assert run.world.trace.digest == plain.world.trace.digest


def test_lies_that_are_numbered_do_not_end_their_links() -> None:
    run = a_run()
    liars: list[Chatterbox] = []

    def disguise(node: NodeMachine) -> NodeMachine:
        liars.append(Chatterbox(node, run.nodes[1].key))
        return liars[0]

    run.nodes[1].disguise, run.nodes[1].is_honest = disguise, False
    run.play()

    assert run.violations == []
    assert run.unmet == []
    assert len(liars) == 1
    assert "bad_key" in liars[0].codes
    assert len(liars[0].links_to(run.nodes[0].key.id)) == 1


def test_answers_to_lies_are_not_told_to_the_machine_inside() -> None:
    line = Line()

    told = [line.mean(spread(1)), line.lie(spread(0)), line.lie(spread(0)), line.mean(spread(2))]

    assert [each.number for each in told] == [1, 2, 3, 4]
    acks = understood(line, Ack(1), Ack(2), Ack(3), Ack(4))
    assert acks == [Ack(1), Ack(1), Ack(1), Ack(2)]
    refusals = understood(line, Refusal(code="busy", number=2), Refusal(code="busy", number=4))
    assert refusals == [None, Refusal(code="busy", number=2)]


def test_who_was_honest_first_goes_on_counting_from_there() -> None:
    line = Line()

    told = [line.mean(spread(7)), line.lie(spread(0)), line.mean(spread(8))]

    assert [each.number for each in told] == [7, 8, 9]
    assert understood(line, Ack(5), Ack(8), Ack(9)) == [Ack(5), Ack(7), Ack(8)]
    late = Refusal(code="busy", number=3)
    assert understood(line, late, Heartbeat()) == [late, Heartbeat()]


def test_before_anything_was_said_there_is_nothing_to_be_answered() -> None:
    line = Line()

    assert line.lie(spread(0)).number == 1
    assert understood(line, Ack(1)) == [None]
