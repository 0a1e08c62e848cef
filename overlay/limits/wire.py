"""Frames, names, and what one signature covers."""

from typing import Final

# Frames

FRAME_BYTES_MAX: Final = 262_144
"""One WebSocket message: a batch of 64 sealed chat messages with room to spare, and what a
JSON bomb may cost at most (a millisecond, see `JSON_PARTS_MAX`)."""

FRAME_ENVELOPES_MAX: Final = 64
"""Envelopes in one frame: as many as one batch signature covers."""

FRAME_MESSAGES_MAX: Final = 256
"""Messages in one frame, small control messages included."""

FRAME_DEPTH_MAX: Final = 200
"""JSON nesting at which the parser itself gives up (`too_deep`); messages need seven levels,
and anything deeper than its own fields is malformed already."""

JSON_PARTS_MAX: Final = 8_192
"""Arrays, objects and keys of one frame: what costs a parser time. A frame full of the shortest
records has 5,300, and one of digests may have as many as there may be."""

JSON_KEYS_MAX: Final = 5_120
"""Of them keys: each that nobody knows is told, and costs most. Records have 4,000."""

JSON_OBJECTS_MAX: Final = 2_560
"""And objects: a parser makes a table for each. Digests of nothing have 2,310."""

JSON_ARRAYS_MAX: Final = 1_536
"""And arrays: digests have one for each part, so 1,170, and one for each of 256 messages."""

JSON_OBJECT_KEYS_MAX: Final = 64
"""And those of one object, as many as a part of a digest has parts: to note 5,000 unknown ones of
one message takes a millisecond, or two where the memory for that has to be had first."""

JSON_OBJECTS_DEEP: Final = 8
"""Objects in objects: one level more than messages have."""

JSON_COMMAS_MAX: Final = 8_448
"""Commas, so values: 131,072 small integers took 6 ms. Digests of three to five records in
each part, as two large directories compare them, have up to 7,900."""

TEXT_PARTS_MAX: Final = 1_024
"""Arrays, objects and keys of a signed text that is no receipt; and as many commas. A node's record
with all neighbours and links has 300 of these; the rest is left to later versions."""

RECEIPT_PARTS_MAX: Final = 4_480
"""The same of a receipt: the longest has 4,370."""

RECEIPT_COMMAS_MAX: Final = 8_448
"""And commas: the longest has 8,300."""

INTEGER_DIGITS_MAX: Final = 16
"""Digits in a row, outside strings: those of `INTEGER_MAX`. From 19 on each costs three times as
much, and thousands the square of their number."""

JSON_FEW: Final = 2_048
"""With no more arrays, objects, keys and commas than this, even in strings, nothing is dear but
digits in their hundreds: a frame of 40 envelopes is looked at no further."""

JSON_DIGITS_MANY: Final = 512
"""And those are looked for by so many in a row."""

JSON_SPARSE_BYTES: Final = 2_048
"""JSON that is not looked at for that, key bundles for one: a thousand arrays fit in it at most."""

FRAME_ERRORS_MAX: Final = 64
"""Wrong fields of a frame whose first is told: to tell one of many means to write them all out."""

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
