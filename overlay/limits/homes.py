"""What a home keeps and answers for its clients."""

from typing import Final

# Mailboxes

MAILBOX_ENVELOPES_MAX: Final = 2_000
"""Envelopes kept for one recipient client: 1,000 of one origin, since none takes more than it
leaves free."""

MAILBOX_BYTES_MAX: Final = 67_108_864
"""Envelopes kept by one node, in bytes of their texts."""

MAILBOX_MS: Final = 30 * 24 * 3_600_000
"""Thirty days: then an envelope expires."""

# Attaching

ATTACH_MS: Final = 10_000
"""From welcome to being served: longer than a client itself waits. Who only holds a link, holds
it no longer than this."""

UNATTACHED_MAX: Final = 1_024
"""Links of clients that are not served, before the oldest gives way: so links, of which a node has
2,000 more than slots, remain for other nodes whatever strangers do."""

NO_SLOT_RETRY_MS: Final = 30_000
"""Who found all slots taken is told to come again after this: there are other homes."""

# Channels

CHANNELS_PER_CLIENT_MAX: Final = 64
"""Channels that one client listens to."""

# Requests

REQUESTS_MAX: Final = 64
"""Requests of one client under way at its home."""

PEOPLE_PER_MESSAGE_MAX: Final = 32
"""People in one answer message: a frame's worth."""

REQUESTS_AT_ONCE_BYTES: Final = 1_048_576
"""What one client may be answered at once beyond a copy of all records that are held: it watches
everybody, and asks for the keys of some hundreds."""

REQUESTS_SECOND_BYTES: Final = 65_536
"""And every second: a dozen people with their keys."""

REQUEST_BYTES_MIN: Final = 4_096
"""What a question counts at least: it costs a search, and the keys that it asks for come later."""

BUNDLE_QUESTIONS_MAX: Final = 64
"""Bundles that one search asks for: one line of a client must not cost thousands of ours."""

FOUND_MAX: Final = 64
"""People in one whole answer: more bear a name than anybody chooses from."""

FOUND_BYTES_MAX: Final = 1_048_576
"""The same in bytes: 64 people with five clients each, keys included, take half of it; without
this, whoever bears a common name with the longest statements would drown who looks for it."""
