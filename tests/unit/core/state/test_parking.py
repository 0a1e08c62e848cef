"""Which records are held without counting, within a bound."""

from overlay.core.state.parking import Parking
from overlay.peering.records import Subject


def test_the_oldest_of_too_many_parked_records_goes() -> None:
    """docs/protocol.md, section 4.3."""
    parking = Parking(2)
    subjects = [Subject("presence", f"{number}") for number in range(4)]

    for subject in (*subjects, subjects[0]):
        parking.park(subject)
    parking.release(subjects[1])
    parking.release(Subject("presence", "nobody"))

    assert len(parking) == 3
    assert parking.surplus() == [subjects[0]]
    assert parking.surplus() == []
    assert len(parking) == 2
