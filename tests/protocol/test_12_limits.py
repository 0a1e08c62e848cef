"""The numbers that the protocol's text names are those of `overlay/limits/`."""

from pathlib import Path

import pytest

from overlay import limits

PROTOCOL = (Path(__file__).parents[2] / "docs" / "protocol.md").read_text(encoding="utf-8")
WORDS = " ".join(PROTOCOL.split())


@pytest.mark.parametrize(
    ("limit", "words"),
    [
        (limits.FRAME_MESSAGES_MAX, "at most {} messages"),
        (limits.JSON_PARTS_MAX, "more than {} arrays, objects and keys"),
        (limits.JSON_KEYS_MAX, "strings, {} of these keys"),
        (limits.JSON_COMMAS_MAX, "more than {} commas"),
        (limits.INTEGER_DIGITS_MAX, "more than {} digits in a row"),
        (limits.JSON_SPARSE_BYTES, "up to {} bytes it need not be"),
        (limits.FRAME_BYTES_MAX, "at most {} bytes"),
        (limits.FRAME_ENVELOPES_MAX, "A frame holds at most {} envelopes"),
        (limits.HEARTBEAT_NODE_MS, "{} between nodes"),
        (limits.HEARTBEAT_CLIENT_MS, "{} from and to clients"),
        (limits.ACK_DELAY_MS, "at latest after {} ms"),
        (limits.HANDSHAKE_MS, "must end within {} from the TCP accept"),
        (limits.HALF_OPEN_MAX, "at most {} links half open"),
        (limits.NO_LINK_MAX, "no link yet may be {},"),
        (limits.HALF_OPEN_PER_ADDRESS_MAX, "{} for one remote address"),
        (limits.SIMULTANEOUS_DIAL_MS, "while the older is younger than {}"),
        (limits.PARKED_MAX, "at most {}, the oldest is dropped"),
        (limits.NODE_LINKS_MAX, "≤ {}"),
        (limits.SLOTS_MAX - 1, "(0 … {})"),
        (limits.BUDGET_MAX, "is clamped to {}"),
        (limits.BUDGET_PER_HOP, "starts it at {} × distance"),
        (limits.BUDGET_BASE, "× distance + {}"),
        (limits.ATTEMPTS_MAX, "at most {} for one presence"),
        (limits.STUCK_MAX, "on whose links {} copies find no room"),
        (limits.ANSWER_MS_MIN, "at least {} and at most"),
        (limits.ANSWER_MS_MAX, "and at most {}, is *late*"),
        (limits.RETRY_SHARE, "for one in {} units that a node sends"),
        (limits.RETRIES_MAX, "it may save up {} of these"),
        (limits.RETRIES_FIRST, "and begins with {}"),
        (limits.AUDIT_ONE_IN, "except of one in {}, drawn at random"),
        (limits.AUDIT_BAD_SCORE, "Each adds {} to the score"),
        (limits.AUDIT_SCORE_MAX, "takes 1 off; at {} the link closes"),
        (limits.UNIT_MS, "A node remembers for {} where a unit came from"),
        (limits.UNITS_MAX, "was tried, at most {} of them"),
        (limits.UNIT_SETTLED_MS, "was acked and is {} old"),
        (limits.BUSY_RETRY_MAX_MS, "after every second one, up to {}, and"),
        (limits.ATTEMPT_SERIES_BITS, "up to {} bits, is drawn"),
        (limits.MISSING_LINK_MAX, "{} of which one link announced first"),
        (limits.ANSWERS_AT_ONCE_BYTES, "as many bytes as are held and {} more"),
        (limits.ANSWERS_SECOND_BYTES, "and {} each second after that"),
        (limits.ANSWER_ALL_S, "of what is held every {} s on top"),
        (limits.ANSWER_WAIT_MS, "`retry_after_ms`, at least {}"),
        (limits.ATTACH_MS, "A client has {} from `welcome`"),
        (limits.UNATTACHED_MAX, "of more than {} that have not attached"),
        (limits.ATTACHES_AT_ONCE, "attach {} times in a row"),
        (limits.ATTACH_EVERY_MS, "and then every {}, on whichever"),
        (limits.REQUESTS_SECOND_BYTES, "beyond {} a second"),
        (limits.REQUEST_BYTES_MIN, "each question counts {} at least"),
        (limits.NAMED_BACK_MS, "record has not named it after {}"),
        (limits.NAMED_AGAIN_MS, "may be in it again {} later"),
        (limits.REPLAY_WINDOW, "a window of {} counters"),
        (limits.MAILBOX_ENVELOPES_MAX, "{} envelopes for one client"),
        (limits.BUNDLES_MAX, "keeps up to {}"),
        (limits.HOMES_RANKED_MAX, "for clients, up to {}"),
        (limits.PARENTS_MAX, "`parents` are up to {}"),
        (limits.CHAIN_SKIPPED_MAX, "{} for a chain"),
        (limits.CHAIN_MESSAGES_MAX, "after {} messages or an hour"),
        (limits.SPREADS_TOLD_MS, "that were said in the last {}"),
        (limits.SPREADS_LATE_MS, "as far as its sender knows, from {} on"),
        (limits.SUSPECT_MS, "leaves our record {} later"),
        (limits.REDIAL_FIRST_MS, "again after {} doubling"),
        (limits.REDIAL_MAX_MS, "doubling to {}"),
        (limits.LAG_MS, "comes {} or more too late"),
        (limits.LAG_SCORE_MAX, "by one more each time up to {}"),
        (limits.LAG_DECAY_MS, "for every {} in time"),
        (limits.HEALING_DIAL_MS, "every {} × (live members)"),
        (limits.HEALING_DIAL_MAX_MS, "at most {}, ± 50 %"),
        (limits.HEALING_PATIENCE_MS, "it begins {} later"),
        (limits.HEALING_HASTE, "nobody listening there, after a {}th of that"),
        (limits.HEALING_DIALS_MAX, "At most {} such dials"),
        (limits.EXTRA_LINKS, "{} unless its operator says otherwise"),
        (limits.SPARE_MS, "sends `spare`, {} ± 50 %"),
        (limits.SPARE_ANSWER_MS, "one proposal in {}"),
        (limits.SPARE_SOONEST_MS, "A proposal within {}"),
    ],
)
def test_a_number_of_the_text_is_the_limit_in_force(limit: int, words: str) -> None:
    """docs/protocol.md, section 12."""
    assert words.format(f"{limit:,}") in WORDS
