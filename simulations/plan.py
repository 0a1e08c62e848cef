"""How rough a storm is."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class StormPlan:
    """How often what happens; 0 is never. Waits are drawn evenly around these means."""

    crash_every_ms: int = 0
    stop_every_ms: int = 0
    """Orderly: the machine is told, and says goodbye."""
    crash_in_commit_every_ms: int = 0
    refuse_every_ms: int = 0
    """A disk says no to a few commits."""
    reset_every_ms: int = 0
    cut_every_ms: int = 0
    """A host is cut off: altogether, or one way."""
    cut_one_way_every_ms: int = 0
    """Of two hosts one does not reach the other."""
    partition_every_ms: int = 0
    slow_every_ms: int = 0
    clog_every_ms: int = 0
    lose_every_ms: int = 0
    meddle_every_ms: int = 0
    """A box on the way duplicates, reorders, corrupts or swallows frames."""
    pause_every_ms: int = 0
    jump_every_ms: int = 0
    skew_every_ms: int = 0
    wall_clock_every_ms: int = 0
    down_ms_max: int = 8_000
    """How long a host stays down, cut or slow at most."""
    pause_ms_max: int = 4_000
    silent_one_in: int = 4
    """Of the crashes one takes the whole host, so that nothing is reset."""
    gone_one_in: int = 0
    """Of the clients that crash one never comes back."""
    bad_disk_one_in: int = 0
    """Of those that crash one comes back with an old disk, none, or one with a bad row."""
