"""What a client keeps, and how often it asks."""

from typing import Final

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
"""Longest round through the homes of the list while none of them answers."""

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
