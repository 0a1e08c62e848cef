"""What each node pays at rest, for each change of presence, and for each message to all."""

from dataclasses import dataclass

REST_SECONDS = 20
CHANGES = 20
MESSAGES = 40
PAUSE_MS = 300
"""Between two changes, and between two messages: news that comes together is told together."""


@dataclass(frozen=True, slots=True)
class Use:
    """Bytes on all links between nodes, both ends' together, and CPU of all nodes."""

    octets: float
    cpu_ms: float
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Costs:
    """What each node pays, on average: bytes sent, and milliseconds of CPU."""

    what: str
    nodes: int
    links: int
    rest_bytes_s: float
    rest_cpu_ms_s: float
    change_bytes: float
    change_cpu_ms: float
    message_bytes: float
    message_cpu_ms: float


def costs(
    what: str,
    nodes: int,
    links: int,
    *,
    rest: Use,
    changing: Use,
    talking: Use,
) -> Costs:
    """What changes and messages cost beyond the time that they took at rest."""

    def beyond(use: Use, times: int) -> tuple[float, float]:
        share = use.seconds / rest.seconds
        octets, cpu_ms = use.octets - rest.octets * share, use.cpu_ms - rest.cpu_ms * share
        return octets / nodes / times, cpu_ms / nodes / times

    change_bytes, change_cpu_ms = beyond(changing, CHANGES)
    message_bytes, message_cpu_ms = beyond(talking, MESSAGES)
    return Costs(
        what=what,
        nodes=nodes,
        links=links,
        rest_bytes_s=rest.octets / nodes / rest.seconds,
        rest_cpu_ms_s=rest.cpu_ms / nodes / rest.seconds,
        change_bytes=change_bytes,
        change_cpu_ms=change_cpu_ms,
        message_bytes=message_bytes,
        message_cpu_ms=message_cpu_ms,
    )
