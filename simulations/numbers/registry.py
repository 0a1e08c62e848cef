"""All rows, in the order in which they are printed."""

from simulations.numbers import attacks, gossip, liveness, rivals
from simulations.numbers.rows import Row

ROWS: dict[str, Row] = {
    row.id: row for row in (*liveness.ROWS, *rivals.ROWS, *gossip.ROWS, *attacks.ROWS)
}
