"""How an error of the other end is said: with its code, and with when to come again."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from overlay import limits
from overlay.errors import (
    Busy,
    HandshakeTimeout,
    NoSlot,
    NotANeighbour,
    NotAttached,
    Quota,
    RemoteError,
    TooManyLinks,
)
from overlay.messages.links import Refusal

RETRY_AFTER_MS: Final[Mapping[str, int]] = MappingProxyType(
    {
        Busy.code: limits.BUSY_RETRY_MS,
        HandshakeTimeout.code: limits.LINK_RETRY_MS,
        NoSlot.code: limits.NO_SLOT_RETRY_MS,
        NotANeighbour.code: limits.HANDSHAKE_MS,
        NotAttached.code: limits.LINK_RETRY_MS,
        Quota.code: limits.QUOTA_RETRY_MS,
        TooManyLinks.code: limits.LINK_RETRY_MS,
    }
)
"""Codes that may be another time what they are now, and when, unless whoever refuses knows."""


def refusal_of(
    error: RemoteError, *, number: int | None = None, request: int | None = None
) -> Refusal:
    """What is said of an error: to what it refuses, if it has a number, or to the link."""
    retry_after_ms = error.retry_after_ms
    return Refusal(
        code=error.code,
        detail=error.detail[: limits.DETAIL_CHARACTERS_MAX],
        number=number,
        request=request,
        retry_after_ms=RETRY_AFTER_MS.get(error.code) if retry_after_ms is None else retry_after_ms,
    )
