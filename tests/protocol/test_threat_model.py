"""What a node can see is a fixed list: docs/threat_model.md."""

import re
from dataclasses import fields
from pathlib import Path

from overlay.messages.links import Introduction
from overlay.messages.signed import Signed
from overlay.wire.schema.envelopes import ENVELOPES
from overlay.wire.schema.records import RECORDS

DOCUMENT = Path(__file__).parents[2] / "docs" / "threat_model.md"


def documented_fields() -> dict[str, list[str]]:
    text = DOCUMENT.read_text(encoding="utf-8")
    table = text.partition("<!-- fields: begin -->")[2].partition("<!-- fields: end -->")[0]
    rows = re.findall(r"^\| `(\w+)` \| (.+) \|$", table, re.MULTILINE)
    return {where: names.split(", ") for where, names in rows}


def test_no_field_is_in_the_clear_that_the_threat_model_does_not_name() -> None:
    """docs/protocol.md, section 7.1."""
    kinds = {kind: schema["cls"] for kind, schema in {**RECORDS, **ENVELOPES}.items()}
    in_the_clear = {"hello": Introduction, "signed": Signed} | kinds

    found = {where: [field.name for field in fields(cls)] for where, cls in in_the_clear.items()}

    assert found == documented_fields()
