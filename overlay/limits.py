"""Every bound of the protocol and of its implementation, with its unit and its reason.

Starting values are measured and settled here, never elsewhere. A name ends
with its unit. docs/protocol.md, section 12, repeats those that a stranger
needs to know.
"""

from typing import Final

# Frames

FRAME_BYTES_MAX: Final = 262_144
"""One WebSocket message: a batch of 64 sealed chat messages with room to spare, and what a
JSON bomb may cost at most (about 1 ms to parse)."""

FRAME_ENVELOPES_MAX: Final = 64
"""Envelopes in one frame: as many as one batch signature covers."""

FRAME_MESSAGES_MAX: Final = 256
"""Messages in one frame, small control messages included."""

FRAME_DEPTH_MAX: Final = 200
"""JSON nesting at which the parser itself gives up (`too_deep`); messages need seven levels,
and anything deeper than its own fields is malformed already."""

INTEGER_MAX: Final = 2**53 - 1
"""The largest integer that every JSON implementation keeps exact."""

# Texts and names

NAME_CHARACTERS_MAX: Final = 64
"""A display name: long enough for people, short enough for a list of them."""

NETWORK_CHARACTERS_MAX: Final = 32
"""Network and kind names, `[a-z0-9_-]`: they enter every signature."""

ADDRESS_CHARACTERS_MAX: Final = 256
"""A URL where a node listens."""

CHANNEL_CHARACTERS_MAX: Final = 64
"""A channel's name."""

DETAIL_CHARACTERS_MAX: Final = 300
"""The human half of a refusal: one line on a terminal."""

SIGNED_CHARACTERS_MAX: Final = 131_072
"""One signed text: half a frame, so that a frame always has room for one."""

RECORD_CHARACTERS_MAX: Final = 16_384
"""One signed record: a node record with 64 neighbours and 192 links takes about 12,000."""

BODY_CHARACTERS_MAX: Final = 98_304
"""A sealed body in base64url: the largest padding class (65,536 bytes) plus its tag."""

TEXT_BYTES_MAX: Final = 32_768
"""What a person can write in one message, UTF-8."""

RECIPIENTS_MAX: Final = 32
"""Accounts in one envelope."""

PARENTS_MAX: Final = 8
"""Heads of a conversation that one message names."""

RECEIPT_RANGES_MAX: Final = 64
"""Index ranges in one receipt: one flush of a client."""

# Batches

BATCH_LEAVES_MAX: Final = 64
"""Leaves under one signature: six path hashes, 23 signatures saved out of 24 at 24."""

VERIFIED_ROOTS_MAX: Final = 4_096
"""Roots whose signature was checked: a second's worth at 4,000 batches a second; 0.5 MiB."""

VERIFY_KEYS_MAX: Final = 4_096
"""Parsed public keys; 1 MiB."""

# Handshake

HANDSHAKE_MS: Final = 5_000
"""From TCP accept to welcome: three round trips on a bad mobile link."""

HALF_OPEN_MAX: Final = 256
"""Links that have not finished their handshake: what a flood may hold."""

HALF_OPEN_PER_ADDRESS_MAX: Final = 16
"""The same from one remote address; loopback, behind which many stand, is not counted so."""

VERSIONS_MAX: Final = 16
"""Versions and suites that one hello may list."""

SIMULTANEOUS_DIAL_MS: Final = 1_000
"""Two links between two nodes that are closer than this were dialled at once."""

# Links

HEARTBEAT_NODE_MS: Final = 1_000
"""Between nodes, when nothing else was sent, give or take 20 %."""

HEARTBEAT_CLIENT_MS: Final = 15_000
"""On a client's link: 5,000 idle clients cost a node a tenth of a core."""

HEARTBEAT_JITTER: Final = 0.2
"""Part of a heartbeat by which it varies, so that heartbeats do not march in step."""

SILENT_HEARTBEATS: Final = 3
"""Heartbeats missed before a link is suspected."""

SUSPECT_MS: Final = 2_500
"""From suspicion to leaving our record: longer than a 2 s pause of a process."""

CLIENT_ASK_MS: Final = 1_500
"""A client that sent something and heard nothing this long asks; after the same again it
moves on to another node."""

LINK_CREDIT_ENVELOPES: Final = 2_048
"""Envelopes unacknowledged on a link between nodes: 25 ms of acks at 80,000 a second."""

LINK_CREDIT_BYTES: Final = 4_194_304
"""The same in bytes."""

CLIENT_CREDIT_ENVELOPES: Final = 512
"""Envelopes unacknowledged on a client's link."""

CLIENT_CREDIT_BYTES: Final = 1_048_576
"""The same in bytes."""

OUTBOX_BYTES_MAX: Final = 8_388_608
"""One link's outbox: both credits' bytes, doubled for the JSON around them."""

OUTBOX_CONTROL_BYTES: Final = 65_536
"""The part of an outbox that envelopes never take: acks, heartbeats, records."""

OUTBOX_STALL_MS: Final = 5_000
"""A link whose control traffic cannot leave for this long closes."""

ACK_DELAY_MS: Final = 25
"""An ack rides with the next batch, at latest after this."""

REDIAL_FIRST_MS: Final = 250
"""First wait before dialling a neighbour again."""

REDIAL_MAX_MS: Final = 30_000
"""Longest wait between dials to one neighbour."""

LAG_MS: Final = 300
"""A deadline that comes this late was missed: the process was paused, or has too much to do. A
tenth of the silence that a link is allowed; less than that harms nobody."""

LAG_SCORE_MAX: Final = 4
"""By how much a node that is late again and again multiplies the times after which it blames
others: at worst it takes 22 s instead of 5.5 to drop a silent link."""

LAG_DECAY_MS: Final = 5_000
"""In time for this long, and the factor goes down by one."""

LAG_TELL_MS: Final = 10_000
"""A node says that it is late at most this often."""

HEALING_DIAL_MS: Final = 500
"""Times the live members: how often each of them dials one that is not alive in its eyes. All
together make about two dials a second, however many they are."""

HEALING_DIAL_MAX_MS: Final = 60_000
"""The longest such wait: at 1,000 live members 17 dials a second in all."""

HEALING_JITTER: Final = 0.5
"""Part of that wait, and of the one for a spare link, that is left to chance."""

HEALING_PATIENCE_MS: Final = 3_000
"""Before members are dialled that have not been alive in our eyes since we know them: while an
overlay starts, their own links are on the way."""

HEALING_DIALS_MAX: Final = 4
"""Such dials of one node under way: a silent host holds one of them up for 5 s."""

EXTRA_LINKS: Final = 2
"""Links to random further members that a node keeps unless its file says otherwise: two from each
make four on average, so that hardly ever one loss alone tears anything apart."""

EXTRA_LINKS_MAX: Final = 16
"""And what a file may ask for: more costs everybody heartbeats and shortens no way."""

EXTRA_FIRST_MS: Final = 1_000
"""First wait before another further member is linked."""

EXTRA_MAX_MS: Final = 60_000
"""Longest wait between two such dials that came to nothing."""

SPARE_MS: Final = 60_000
"""A link that nobody chose is proposed to be closed after this, give or take half: whoever dialled
it to heal something has long healed it, or it is still needed."""

SPARE_ANSWER_MS: Final = 5_000
"""A proposal that has not closed its link by then was declined; until then there is no other."""

SPARE_SOONEST_MS: Final = 20_000
"""A proposal that comes sooner is not looked at: it costs a search of the topology."""

DIAL_MS: Final = 5_000
"""A dial that takes longer has failed."""

LINKS_MAX: Final = 12_000
"""Links of one node: slots for clients, neighbours, and some half open."""

NODE_LINKS_MAX: Final = 192
"""Links between nodes that one node record may name: 64 neighbours, and others healing."""

INBOX_EVENTS_MAX: Final = 1_024
"""Events that wait for the machine; readers wait for room."""

ROUND_EVENTS_MAX: Final = 256
"""Events handled before frames are flushed: bounds a round to some 10 ms."""

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

ANNOUNCED_LEAVES_MAX: Final = 256
"""Leaf hashes in one announcement, 46 bytes each."""

PRUNE_AFTER_PUSHES: Final = 2
"""Pushes in a row without news after which a link may be pruned from the tree."""

PRUNE_PATIENCE: Final = 0.5
"""Chance that it is not pruned yet: the nodes of a ring must not all prune at once."""

GRAFT_MIN_MS: Final = 100
"""What was announced should have come another way within this: near nodes are a few milliseconds
apart, and a death that reaches them over a new branch of the tree is noticed by people."""

GRAFT_MAX_MS: Final = 600
"""And within this wherever they are; in between it is so many round trips of the link:"""

GRAFT_ROUND_TRIPS: Final = 4
"""The way along the tree may be some hops longer than that of the announcement."""

MISSING_MAX: Final = 4_096
"""Announced and not there yet; beyond that the comparison of roots finds it."""

ANNOUNCERS_MAX: Final = 8
"""Links remembered as having announced one of them."""

SPREADS_KEPT_MAX: Final = 1_024
"""Channel envelopes kept for those to whom they were only announced."""

SPREADS_KEPT_BYTES: Final = 8_388_608
"""The same in bytes."""

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
"""What of a complete exchange waits in an outbox at once: the rest follows as it is read."""

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

REACHABILITY_MS: Final = 50
"""Changes gather this long before watchers are told: one search of the topology for all."""

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

COPIES_MAX: Final = 8
"""Homes to which an envelope is copied one by one."""

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

ATTEMPTS_MAX: Final = 12
"""Attempts for one presence of the recipient; then the text rests until a newer one."""

BUSY_RETRY_MS: Final = 250
"""What `busy` tells the other end to wait: ten ack delays."""

BUSY_RETRY_MAX_MS: Final = 2_000
"""What the keeper waits at most when it is told so again and again, and what it lets others make
it wait: 1,000 texts for one slow client then cost 500 units a second."""

STUCK_MAX: Final = 64
"""Copies that find no room on any link of their keeper before it stops acking its clients: then
their credit holds them back, and not a full mailbox."""

# Mailboxes

MAILBOX_ENVELOPES_MAX: Final = 1_000
"""Envelopes kept for one recipient client."""

MAILBOX_BYTES_MAX: Final = 67_108_864
"""Envelopes kept by one node, in bytes of their texts."""

MAILBOX_MS: Final = 30 * 24 * 3_600_000
"""Thirty days: then an envelope expires."""

# Channels

CHANNELS_PER_CLIENT_MAX: Final = 64
"""Channels that one client listens to."""

# Clients

OUTBOX_ENTRIES_MAX: Final = 10_000
"""Messages that a client keeps until they are delivered."""

CHAIN_SKIPPED_MAX: Final = 2_048
"""Keys of messages that have not arrived yet, kept for one chain."""

CHAIN_MESSAGES_MAX: Final = 100
"""Messages sealed under one chain, then a new one starts."""

CHAIN_MS: Final = 3_600_000
"""And after an hour in any case."""

CHAIN_WANTED_MS: Final = 2_000
"""A message without its chain's start asks for it after this."""

WAITING_MESSAGES_MAX: Final = 4_096
"""Messages that wait for their chain's start, on one client."""

PARENT_WAIT_MS: Final = 5_000
"""A message waits this long for a parent, then the gap is marked."""

FIND_MS: Final = 8_000
"""A question to the directory is asked again after this: longer than a home looks for bundles."""

PEOPLE_MAX: Final = 20_000
"""People that a client remembers."""

WATCHED_MAX: Final = 4_096
"""Accounts that one client may watch by name; `all` has no such bound."""

RESUME_FIRST_MS: Final = 100
"""From losing a home to the first dial, and between homes: the clients of a dead node spread
over this, and are back within the second that people notice."""

RESUME_MAX_MS: Final = 30_000
"""Longest wait between dials while no home of the list answers."""

ASK_KEYS_MAX_MS: Final = 60_000
"""Longest wait between two askings for the keys of somebody whom a message waits for."""

UNKNOWN_ASKS_MAX: Final = 3
"""Times that a home may know nobody by an id before a message to it is given up."""

UNKNOWN_ASK_MS: Final = 1_000
"""Between them: a home that has just begun hears of everybody within a few of these."""

QUOTA_RETRY_MS: Final = 60_000
"""A message refused for want of room in a mailbox is offered again after this."""

STORE_RETRY_MS: Final = 1_000
"""What the disk refused is offered to it again after this."""

SUBMIT_TRIES_MAX: Final = 3
"""Times that one envelope is signed anew, as `replayed` asks, before its home is disbelieved."""

URGENT_ENVELOPES_MAX: Final = 1_024
"""Receipts and questions that wait for credit; whoever misses one makes us send it again."""

CHANNEL_MESSAGES_MAX: Final = 1_000
"""Public messages of a client that no home has accepted yet."""

CHANNEL_ORIGINS_MAX: Final = 4_096
"""Origins on channels whose counters a client remembers, 16 KiB each at most."""

CHANNEL_WINDOW: Final = 2_048
"""Counters of one of them that can still arrive out of order: as at its home."""

LOOKUPS_MAX: Final = 1_024
"""Accounts about which a client has a question that nobody has answered yet."""

LOOKUPS_UNDER_WAY_MAX: Final = 32
"""Of them asked at once: half of what a home answers, the rest is for people."""

LOOKUP_WAITERS_MAX: Final = 256
"""Statements that wait for one such answer."""

QUESTIONS_MAX: Final = 256
"""Questions of a client's person that are not answered yet."""

OPENINGS_MAX: Final = 1_024
"""Chain starts that are being opened; above that they are left to be delivered again."""

SENDING_CHAINS_MAX: Final = 1_024
"""Own chains remembered beyond those with undelivered messages: half a year of one an hour."""

RECEIVING_CHAINS_MAX: Final = 16_384
"""Chains of others remembered, the last used: a replay of an older one would be shown again."""

CHAINS_WANTED_MAX: Final = 6
"""Times that a missing chain start is asked for, each wait twice as long: two minutes."""

HELD_MESSAGES_MAX: Final = 1_024
"""Messages that wait for a parent; beyond that the longest waiting is shown with its gap."""

CONVERSATIONS_MAX: Final = 20_000
"""Conversations whose last messages are remembered: as many as people."""

UNTAKEN_MESSAGES_MAX: Final = 1_000
"""Messages that wait for a program to take them; then its home is held back. What is under way,
one credit, comes on top."""

# Requests

REQUESTS_MAX: Final = 64
"""Requests of one client under way at its home."""

PEOPLE_PER_MESSAGE_MAX: Final = 32
"""People in one answer message: a frame's worth."""

BUNDLE_QUESTIONS_MAX: Final = 64
"""Bundles that one search asks for: one line of a client must not cost thousands of ours."""

FOUND_MAX: Final = 64
"""People in one whole answer: more bear a name than anybody chooses from."""

FOUND_BYTES_MAX: Final = 1_048_576
"""The same in bytes: 64 people with five clients each, keys included, take half of it; without
this, whoever bears a common name with the longest statements would drown who looks for it."""
