"""Values that differ in little are noticed as the same ones."""

from overlay.messages.links import Refusal
from tests.fuzz.shapes import shapes, words


def test_parts_are_told_apart_by_type_and_order_of_magnitude() -> None:
    small = Refusal(code="busy", number=7)

    assert set(shapes(small)) == set(shapes(Refusal(code="away", number=9)))
    assert set(shapes(small)) != set(shapes(Refusal(code="busy", number=2**40)))
    assert set(shapes(small)) != set(shapes(Refusal(code="busy", number=None)))
    assert list(shapes([1, "a", None, {}])) == [" 3", " 0", " 1", " None", " 0"]


def test_what_a_peer_wrote_itself_is_not_noticed() -> None:
    one = words("malformed", "3.type: Input tag 'x' found")
    other = words("malformed", "17.type: Input tag 'y' found")

    assert one == other
