"""Which hosts can only mean this machine."""

import pytest

from overlay.structures.hosts import is_loopback


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.8.8.8", "::1"])
def test_this_machine_is_loopback(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["", "example.org", "localhost.example.org", "10.0.0.1", "::"])
def test_nothing_else_is(host: str) -> None:
    assert not is_loopback(host)
