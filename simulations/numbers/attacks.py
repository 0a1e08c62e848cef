"""Attacks that concern the overlay, each with its bar."""

from simulations.numbers.rows import Measured, Number, Play, Ratio, Row, Swept
from simulations.scenarios.replayer import REPLAYS

NONE = "none known"

_GREY = Play(scenario="grey_holes")
_EQUIVOCATOR = Play(scenario="equivocator", seeds=(1, 2))
_LINK_LIARS = Play(scenario="link_liars")
_MAILBOX_THEFT = Play(scenario="mailbox_theft")


def _delivered(prefix: str) -> Ratio:
    return Ratio(name=f"{prefix}_delivered", each=f"{prefix}_sent", scale=100)


def _nothing(row_id: str, what: str, goal: str, scenario: str, measured: str, unit: str) -> Row:
    """Of which there must be none."""
    return Row(
        id=f"attack-{row_id}",
        what=what,
        reference=NONE,
        goal=goal,
        source=Play(scenario=scenario),
        measured=Number(measured),
        bar=0,
        unit=unit,
    )


def _at_least(
    row_id: str, what: str, goal: str, source: Play, measured: Measured, bar: float
) -> Row:
    """In percent."""
    return Row(
        id=f"attack-{row_id}",
        what=what,
        reference=NONE,
        goal=goal,
        source=source,
        measured=measured,
        bar=bar,
        direction="at least",
        unit="%",
        is_large=(source.nodes or 0) >= 1_000,
    )


ROWS = (
    *(
        _at_least(
            row_id,
            f"delivered among {nodes} honest nodes while four times as many knock in vain",
            "1,000 honest + 4,000 Sybils that no neighbours file admits: ≥ 99.9 %",
            source,
            _delivered("flooded"),
            99.9,
        )
        for row_id, nodes, source in (
            ("sybils", "30", Play(scenario="sybils")),
            ("sybils-1000", "1,000", Play(scenario="sybils", nodes=1_000)),
        )
    ),
    Row(
        id="attack-eclipse",
        what="until a node sees all that is honest, when all its neighbours but one lie",
        reference=NONE,
        goal="a node with one honest live neighbour is not eclipsed (L7), within L1",
        source=Play(scenario="eclipse", seeds=(1, 2)),
        measured=Number("seen_after_ms"),
        bar=12_000,
    ),
    _at_least(
        "grey-holes",
        "delivered in 6 attempts while a tenth of 60 nodes drops half of everything",
        "≥ 99 % in 6 attempts with a tenth of the nodes",
        _GREY,
        _delivered("grey"),
        99,
    ),
    _at_least(
        "grey-holes-picky",
        "delivered in 12 attempts while a fifth of 60 nodes drops what one person writes",
        "≥ 97 % in 12 attempts with a fifth of the nodes",
        _GREY,
        _delivered("victim"),
        97,
    ),
    Row(
        id="attack-censorship",
        what="until all is heard of somebody whom their home silenced, from attaching elsewhere",
        reference=NONE,
        goal="≤ 10 s after roaming",
        source=Play(scenario="censoring_home", seeds=(1, 2)),
        measured=Number("heard_after_ms"),
        bar=10_000,
    ),
    _at_least(
        "spam",
        "goodput of others while valid keys say as much as they can, of what it was before",
        "others keep ≥ 95 % of goodput",
        Play(scenario="flooders"),
        Ratio(name="goodput_during", each="goodput_before", scale=100),
        95,
    ),
    _nothing(
        "replay",
        "replays accepted: same link, another link, after a restart, another network",
        "0 of 10⁶ accepted",
        "replayer",
        "replays_accepted",
        "replays",
    ),
    Row(
        id="attack-replay-million",
        what="seeds in which a replay was accepted, of those in the ledger",
        reference=NONE,
        goal="0 of 10⁶ accepted",
        source=Swept(scenario="replayer", seeds=24, counted="texts_played_again", count=REPLAYS),
        measured=Number("seeds_with_replays"),
        bar=0,
        unit="seeds",
    ),
    *(
        Row(
            id=f"attack-equivocation-{what}",
            what=f"until two {what} of one order are proved everywhere, 24 nodes",
            reference=NONE,
            goal="proved everywhere ≤ 5 s",
            source=_EQUIVOCATOR,
            measured=Number(f"two_{what}_proved_ms"),
            bar=5_000,
        )
        for what in ("records", "presences")
    ),
    _nothing(
        "rollback",
        "old presences, slots and records that were taken",
        "a presence that was held is never taken back",
        "presence_rollback",
        "old_records_taken",
        "records",
    ),
    _nothing(
        "key-substitution",
        "chains sealed to keys that a home put in place of others'",
        "nobody seals to a key that its owner has not signed",
        "key_substitution",
        "chains_sealed_to_liar",
        "chains",
    ),
    _nothing(
        "forgery",
        "forged texts that were stored",
        "nothing is stored that its origin did not sign",
        "forger",
        "forged_stored",
        "texts",
    ),
    Row(
        id="attack-amplification",
        what="bytes that a member makes others send, in percent of those that it sends itself",
        reference=NONE,
        goal="≤ 2 × the attacker's bytes",
        source=Play(scenario="amplification"),
        measured=Number("amplification_percent"),
        bar=200,
        unit="%",
    ),
    _nothing(
        "clock-skew",
        "numbers that differ where clocks are ten years wrong",
        "changes nothing",
        "clock_skew",
        "violations",
        "differences",
    ),
    *(
        _at_least(
            f"link-lies-{lie}",
            f"delivered among 36 honest nodes while four {what}",
            "no honest-honest route altered",
            _LINK_LIARS,
            _delivered(lie),
            100,
        )
        for lie, what in (
            ("claiming", "claim links with everybody"),
            ("hiding", "hide their links"),
        )
    ),
    *(
        Row(
            id=f"attack-link-lies-{lie}-led",
            what=f"attempts whose way of first choices leads over one of four of 40 that {what}",
            reference=NONE,
            goal="no honest-honest route altered",
            source=_LINK_LIARS,
            measured=Number(f"{lie}_led_over_liars"),
            bar=0,
            unit="attempts",
        )
        for lie, what in (
            ("claiming", "claim links with everybody"),
            ("hiding", "hide their links"),
        )
    ),
    _at_least(
        "mailbox-theft",
        "mail of others that found room while a client fills mailboxes as far as it can",
        "a quota for each origin; what others write is kept",
        _MAILBOX_THEFT,
        Ratio(name="accepted_for_the_absent", each="written_to_the_absent", scale=100),
        100,
    ),
    _nothing(
        "mailbox-strangers",
        "messages kept for ids that nobody bears",
        "nothing is kept for whom nobody knows",
        "mailbox_theft",
        "kept_for_made_up_ids",
        "messages",
    ),
)
