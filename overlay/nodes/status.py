"""A node's status as JSON, for programs, and as it comes back."""

from dataclasses import asdict

from overlay.core.requests import NodeStatus


def status_fields(status: NodeStatus) -> dict[str, object]:
    """The fields of a status, ready for JSON."""
    return asdict(status)
