"""Members, records, how they spread, and counters."""

from typing import Final

# Membership and records

NEIGHBOURS_MAX: Final = 64
"""Entries of one neighbours file."""

MEMBERS_MAX: Final = 16_384
"""Nodes of one overlay: 10,000 and growth."""

DISTANCES_MAX: Final = 256
"""Homes whose distances from everywhere are remembered: a map of all nodes each."""

PARKED_MAX: Final = 256
"""Records that nothing vouches for yet; the oldest goes first."""

RECORDS_READ_MAX: Final = 4_096
"""Records whose reading is remembered: on three links the same one arrives three times."""

RECORDS_SAVE_MS: Final = 1_000
"""Changes of records gather this long before they are written to the disk."""

SLOTS_MAX: Final = 10_000
"""Clients that one home serves."""

DELTA_RECORDS_MAX: Final = 64
"""Records in one message of an exchange, and asked for by one."""

PROOFS_MAX: Final = 256
"""Proofs of equivocation that are held without counting; the oldest goes first."""

ANNOUNCE_MS: Final = 50
"""Announcements for one link gather this long: one message tells of all that came meanwhile."""

ANNOUNCE_MAX_MS: Final = 200
"""And at most so long where it is far away; in between it is a round trip of the link, which is
what an answer would take besides."""

ANNOUNCED_LEAVES_MAX: Final = 256
"""Leaf hashes in one announcement, 46 bytes each."""

PRUNE_AFTER_PUSHES: Final = 2
"""Vain pushes in a row after which a link is pruned from the tree, as long as others may still
follow somebody else; one is enough once the lead was heard twice."""

LEAD_MS: Final = 5_000
"""Who has not been heard of for this long no longer shapes the tree: those who speak should."""

LAG_DOUBLING_MS: Final = 15
"""By how much copies come later than announcements, for each doubling of the overlay, as long as
nothing is known of it."""

LAG_PATIENCE: Final = 2
"""So many times the longest lag of late is waited: paths differ, and frames are lost."""

LAG_SLOWNESS: Final = 64
"""The lag goes back by one part of so many with each copy: all who speak should be among them."""

GRAFTED_LEAVES_MAX: Final = 256
"""Remembered of what was asked for and came, so that a later copy tells that it was too soon."""

GRAFT_MIN_MS: Final = 100
"""What was announced should have come another way within this: near nodes are a few milliseconds
apart, and a death that reaches them over a new branch of the tree is noticed by people."""

GRAFT_MAX_MS: Final = 2_000
"""And within this wherever they are: some twenty hops of 100 ms."""

GRAFT_ROUND_TRIPS: Final = 4
"""In between it is so many round trips of the link, or what copies have taken of late: the way
along the tree may be some hops longer than that of the announcement."""

GRAFT_ROUND_TRIPS_MAX_MS: Final = 600
"""No more of it by round trips alone, which on a busy link hold its queue."""

TORN_MS: Final = 1_000
"""Whoever has lost a link of the tree asks at once for what is announced to it, for so long: by
then all others who have lost one with the same node have said so. Who is grafted does, too, on
that link: by then its other end has announced what had gathered."""

MISSING_MAX: Final = 4_096
"""Announced and not there yet; beyond that the comparison of roots finds it."""

MISSING_LINK_MAX: Final = 1_024
"""Of them, those that one link announced first: whoever announces what there is not must not
keep what others announce from being missed."""

ANNOUNCERS_MAX: Final = 8
"""Links remembered as having announced one of them."""

SPREADS_KEPT_MAX: Final = 1_024
"""Channel envelopes kept for those to whom they were only announced."""

SPREADS_KEPT_BYTES: Final = 8_388_608
"""The same in bytes."""

SPREADS_TOLD_MS: Final = 60_000
"""Channel envelopes said within this are announced on a new link: while an overlay heals, what is
said in one part has to reach the others. It is the longest wait between two dials that heal."""

SPREADS_LATE_MS: Final = 1_000
"""From this age on it is said how old one is: the tree takes less."""

DIGEST_FANOUT: Final = 64
"""Parts of a part: one for each next character of a leaf hash."""

DIGEST_PARTS_MAX: Final = 16
"""Parts summed up in one message: at most 48 KiB."""

DIGEST_LEAVES_MAX: Final = 256
"""Leaf hashes in one summary; the smallest parts hold fewer up to a million records."""

DIGEST_LIST_MAX: Final = 64
"""A part of at most so many records is summed up by their hashes, a larger one by its parts."""

EVERYTHING_ABOVE: Final = 64
"""Who holds so many records fewer than the other end asks for all, in an order that a beginner
can take in: found one by one, they would not count until their vouchers have come."""

ROOTS_STANDING: Final = 3
"""Heartbeats at which two roots stood as they are, and differed: more than either end takes to
tell a new one, so nothing is on its way that could explain it."""

ROOTS_DIFFERING_MAX: Final = 6
"""Heartbeats at which they differed, however they changed: where news never ends."""

EXCHANGE_STALL_MS: Final = 10_000
"""A comparison that brings nothing for this long begins anew."""

EXCHANGE_BYTES_MAX: Final = 1_048_576
"""What of a complete exchange, or of everybody whom a client watches, waits in an outbox at once:
the rest follows as it is read."""

ANSWERS_AT_ONCE_BYTES: Final = 65_536
"""What a neighbour may be answered at once beyond a copy of all that is held: two comparisons of
16 parts, and what they find."""

ANSWERS_SECOND_BYTES: Final = 16_384
"""And every second: a comparison of everything every few heartbeats takes half of it. A neighbour
that asks for more, and sends 41 bytes for each 3,000 that it wants, is told to wait."""

ANSWER_ALL_S: Final = 256
"""A copy of all that is held comes on top once in so many seconds: a node that begins without a
disk every few minutes is served."""

ANSWER_WAIT_MS: Final = 1_000
"""Who has been answered enough is told to wait at least this long, and told so only once in that
time: refusals are longer than questions, too."""

ASKERS_MAX: Final = 16_384
"""Peers whose questions are remembered, two numbers each: all members, or all clients."""

ACCOUNT_CLIENTS_MAX: Final = 32
"""Clients of one account, and revoked ones it still lists."""

ADDRESSES_MAX: Final = 4
"""Addresses of one node."""

FEATURES_MAX: Final = 32
"""Feature names in a node record."""

HOMES_RANKED_MAX: Final = 8
"""Nodes that a client is told to resume at."""

HOMES_EVERY_MS: Final = 5_000
"""Changes of that list are told at most this often."""

LOSSES_GATHER_MS: Final = 100
"""Links that are lost so soon after a node said its record leave it together. Who loses four of
five at once finds out within the round trips of its redials, which differ: where 80 % of 300 nodes
died, the survivors said 320 records without this, and 193 with it."""

REACHABILITY_MS: Final = 50
"""Changes gather this long before watchers are told: one search of the topology for all."""

REACHABILITY_MEMBERS: Final = 20
"""A millisecond more for so many members, where that is longer: one search of 10,000 takes 50 ms,
and every 500 ms a tenth of a core while news does not end."""

REMEMBERED_ACCOUNTS_MAX: Final = 4_096
"""Account records kept beyond presence, so that mail for the absent finds its clients."""

BUNDLES_MAX: Final = 1_024
"""Key bundles of other homes' clients, 2 KiB each."""

BUNDLE_ASK_MS: Final = 1_000
"""Between two askings for a bundle."""

BUNDLE_ASKS_MAX: Final = 5
"""Askings for a bundle before the search goes on without it."""

# Counters

COUNTER_BLOCK: Final = 1_024
"""Counters reserved by one write to the disk."""

REPLAY_WINDOW: Final = 2_048
"""Counters of an origin that can still arrive out of order."""

REPLAY_ORIGINS_MAX: Final = 20_000
"""Origins whose windows a node keeps: its own clients and those on its channels."""
