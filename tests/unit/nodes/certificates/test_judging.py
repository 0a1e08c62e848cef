"""What a certificate is good for, and when."""

from datetime import timedelta

import pytest

from overlay.nodes.certificates.judging import covers, out_of_time
from overlay.nodes.certificates.making import SELF_MADE_DAYS, new_key, self_made
from tests.support.certificates import NOW


@pytest.mark.parametrize(
    ("named", "host", "is_covered"),
    [
        ("chat.example.org", "chat.example.org", True),
        ("chat.example.org", "Chat.Example.org.", True),
        ("chat.example.org", "example.org", False),
        ("*.example.org", "chat.example.org", True),
        ("*.example.org", "example.org", False),
        ("*.example.org", "a.chat.example.org", False),
        ("*.example.org", ".example.org", False),
        ("2001:db8::1", "2001:db8:0::1", True),
        ("192.0.2.1", "192.0.2.2", False),
    ],
)
def test_a_certificate_is_for_its_hosts(named: str, host: str, is_covered: bool) -> None:
    assert covers(self_made(new_key(), "north", [named], NOW), host) is is_covered


def test_a_certificate_has_its_time() -> None:
    made = self_made(new_key(), "north", ["north.example.org"], NOW)

    assert out_of_time(made, NOW) is None
    assert out_of_time(made, NOW + timedelta(days=SELF_MADE_DAYS + 1)) == "expired on 2027-01-30"
    assert out_of_time(made, NOW - timedelta(days=2)) == "is not good before 2026-10-31"
