"""What a home keeps and answers for its clients."""

from typing import Final

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
