"""A node's status as JSON, for programs, and as it comes back."""

from dataclasses import asdict

from overlay.core.requests import NodeStatus


def status_fields(status: NodeStatus, lag_ms: float) -> dict[str, object]:
    """The fields of a status, ready for JSON, with how late its machine was woken of late."""
    return asdict(status) | {"lag_ms": lag_ms}
