"""Every bound of the protocol and of its implementation, with its unit and its reason.

Starting values are measured and settled here, never elsewhere. A name ends
with its unit. docs/protocol.md, section 12, repeats those that a stranger
needs to know.
"""

from typing import Final

from overlay.limits_routing import *  # noqa: F403  # routing has many, and they belong together

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
"""Records in one message of an exchange."""

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
