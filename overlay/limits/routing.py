"""Units on their way, audits, ways, and attempts."""

from typing import Final

# Routing

ANSWER_ROUND_TRIPS: Final = 3
"""Usual round trips without an answer after which a link is silent: two would take every
delayed ack on a link of few milliseconds for silence, four would make people wait."""

ANSWER_MS_MIN: Final = 150
"""No answer is late before this: six ack delays, and a short pause of a process."""

ANSWER_MS_MAX: Final = 3_000
"""Every answer is late after this, however slow it was before: as long as units are passed on."""

ROUND_TRIP_STALE_MS: Final = 10_000
"""A link that nobody has measured for so long is as good as any other: a pause is over by then."""

RETRY_SHARE: Final = 10
"""Of so many units sent, one may be sent again because a link is silent: what is slow because
it is overloaded must not be given twice as much."""

RETRIES_MAX: Final = 1_024
"""Retries that a node may have saved up: half of what one link can leave unanswered."""

RETRIES_FIRST: Final = 64
"""Retries that a node begins with: a frame's worth, for whoever finds its neighbours dead."""

# Units

UNITS_MAX: Final = 65_536
"""Envelopes in transit whose way a node remembers, so that they can go back: some 30 MiB."""

UNIT_MS: Final = 3_000
"""How long it remembers the way of one, and may pass it on: 20 silences in a row. Together
21,845 units a second are remembered for so long."""

UNIT_SETTLED_MS: Final = 1_000
"""In a full table a way may go after this, if the next hop holds the text: 65,536 units a second,
more than a core can relay. By then the keeper makes its next attempt anyway."""

SEEN_MS: Final = 10_000
"""No unit is passed on a second time within this. It is what a copy can be late at most: three
heartbeats and 2.5 s on a link that holds it back until that is closed, 3 s at a hop, and the
rest for all other hops. Remembering that costs a hash, so it can be kept beyond the way."""

SEEN_MAX: Final = 524_288
"""Hashes in one such time: 52,428 units a second, more than a core can relay; 32 MiB. If there
should be more, the oldest half is forgotten early."""

ARRIVED_MAX: Final = 65_536
"""The same for envelopes that came to their home here: 6,553 a second. Above that a lost receipt
is not noticed, and the next one may take the same way."""

BUDGET_BASE: Final = 16
"""Transmissions beyond the distance that an envelope may cost."""

BUDGET_PER_HOP: Final = 4
"""Transmissions for each hop of distance."""

BUDGET_MAX: Final = 64
"""Whatever the distance."""

# Audits

AUDIT_ONE_IN: Final = 16
"""Of the envelopes in transit one is verified: whoever sends forged ones is found out by the
first hop after some 64, for two microseconds an envelope."""

AUDIT_BAD_SCORE: Final = 4
"""What a forged envelope adds to the score of the link that it came on; a good one takes 1 off,
so that an honest neighbour whom a forger uses is not cut off together with it."""

AUDIT_SCORE_MAX: Final = 16
"""At this score a link is closed: four forged ones in a row."""

# Ways

WAYS_HOMES_MAX: Final = 1_024
"""Homes for which a node remembers how well its first hops do: only those with a failure."""

WAY_HALVES_MS: Final = 30_000
"""A bad memory of a first hop weighs half as much after this: nodes are mended."""

WAYS_BACK_MAX: Final = 4_096
"""Pairs of homes for which a node remembers where later attempts came from. Only those whose
first attempts failed have any."""

WAY_BACK_MS: Final = 10_000
"""How long what answers them, and later attempts of the other side, go there: a client receipts at
once what it is given, and attempts at one text are at most as far apart."""

DETOURS_MAX: Final = 8_192
"""Envelopes whose earlier attempts a node remembers, so that later ones go other ways. Only those
that needed a second attempt: 8,192 of them wait for one at a time when all else fails."""

# Attempts

ATTEMPT_SERIES_BITS: Final = 43
"""Drawn bits of an attempt's number: with the count below, what JSON keeps exact."""

ATTEMPT_FIRST_MS: Final = 1_000
"""Without a receipt the origin's home tries again after this at the earliest."""

ATTEMPT_RECEIPTS: Final = 3
"""Usual times to receipt after which it tries again: slow is not lost."""

ATTEMPT_MAX_MS: Final = 10_000
"""The longest wait between attempts."""

COPIED_HOMES_MAX: Final = 8
"""Homes to which a copy each is sent. More than these share the copies of the gossip tree: one for
each link, where the keeper's own links would carry one for each home."""

SPREAD_NODES_PER_HOME: Final = 16
"""Live nodes for each of those homes, above which copies are sent all the same. The tree visits
every node, which verifies the text; a copy visits only the nodes on its way, some five of them
where nodes are many. So a sender costs the overlay at most some three times as much by the tree."""

ATTEMPTS_MAX: Final = 12
"""Attempts for one presence of the recipient; then the text rests until a newer one."""

BUSY_RETRY_MS: Final = 250
"""What `busy` tells the other end to wait: ten ack delays."""

BUSY_RETRY_MAX_MS: Final = 2_000
"""What the keeper waits at most when it is told so again and again, and what it lets others make
it wait: 1,000 texts for one slow client then cost 500 units a second."""

STUCK_MAX: Final = 64
"""Copies of one client that find no room on any link of their keeper before it stops acking that
client: then its credit holds it back, and not a full mailbox; others go on."""
