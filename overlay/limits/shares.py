"""How much one client, and one neighbour, may bring and ask: the rest is refused as `busy`.

Operators set others (`overlay node limits`). Honest programs never meet these.
"""

from typing import Final

MESSAGES_AT_ONCE: Final = 20_000
"""Protocol messages of one client in one go: a bot that answers a whole overlay."""

MESSAGES_SECOND: Final = 500
"""And every second after that, 5 % of a core: a hundred times what a person types in a minute."""

BYTES_AT_ONCE: Final = 33_554_432
"""Bytes of one client's frames in one go: as many messages of a usual size."""

BYTES_SECOND: Final = 1_048_576
"""And every second after that: an eighth of what a core reads."""

ATTACHES_AT_ONCE: Final = 8
"""Attaches of one client in a row: it comes back again and again where its network is bad."""

ATTACH_EVERY_MS: Final = 5_000
"""And after that: each one costs every node three records."""

LOOKUPS_AT_ONCE: Final = 1_024
"""Questions of one client in one go: as many as it has under way at most."""

LOOKUPS_SECOND: Final = 32
"""And every second after that: twice what it is answered where each answer is the shortest."""

RECORDS_AT_ONCE: Final = 100_000
"""Records that one neighbour pushes in one go: everything that changes when most of 10,000 nodes
and all of their clients go at once."""

RECORDS_SECOND: Final = 2_000
"""And every second after that, a fifth of a core: 600 clients that come or go."""

SHARES_OF_ACCOUNT: Final = 2
"""Times a client's share that all clients of one account have together."""

SHARES_OF_ADDRESS: Final = 8
"""Times a client's share that all have together who come from one address: a household or a
small office, none of whom is ever at the bound."""

ATTACHES_OF_ADDRESS: Final = 64
"""The same for attaches: of a large office all come back at once when their home dies."""

SHARE_RETRY_MS: Final = 1_000
"""Whoever says too much is told to wait this long at least, so that more than one message has
room then; a second that nobody notices who is so far above what people do."""

SHARE_PACED_MS: Final = 1_000
"""Of the messages of so long there is always room, unless a peer has several links: who has no more
is read at an even pace. Else all that may be said in a second would come at once, each second, and
others would wait for it: a quarter of a second."""

SHARE_HOLD_MS: Final = 2_000
"""Whoever goes on all the same is not read for so long at most: less than a client waits for a
sign of life (`CLIENT_ASK_MS`, twice) before it moves on."""

SHARE_HOLD_NODE_MS: Final = 1_000
"""The same for a neighbour, whose heartbeats are read in time then."""

SHARERS_MAX: Final = 16_384
"""Clients, accounts, addresses and neighbours each of which one remembers what they had, half a
kilobyte each: all slots, and who left them lately."""

TOP_SHARERS: Final = 10
"""Who uses most, as an operator is shown."""

# Bans

BANS_MAX: Final = 4_096
"""Ids and networks that an operator has banned: beyond that a firewall does it better."""

BAN_REASON_CHARACTERS_MAX: Final = 200
"""What those are told who are banned: one sentence, within a refusal's detail."""

BAN_MS_MAX: Final = 10 * 365 * 24 * 3_600_000
"""The longest ban that has an end: whoever means for ever says no end."""

BANNED_RETRY_MS: Final = 600_000
"""A client dials no node that has banned it for so long at most, and for so long where its ban has
no end: the operator may think better of it."""
