"""What we say ourselves in a round: signed together at its end, then applied or sent on its way."""

from overlay.core.state.ourselves import Ourselves
from overlay.messages.envelopes import BundleAnswer, BundleWanted
from overlay.messages.records import Record
from overlay.peering.statements import Verified
from overlay.wire.signed import Signable


class OwnStatements:
    """Our records and envelopes between their making and their leaving."""

    def __init__(self, ourselves: Ourselves) -> None:
        self._ourselves = ourselves
        # What is yet to be signed will be appended to these very lists: they are never replaced.
        self._records: list[Verified[Record]] = []
        self._envelopes: list[Verified[Signable]] = []

    def __bool__(self) -> bool:
        """Whether anything is signed, and neither applied nor sent yet."""
        return bool(self._records or self._envelopes)

    def sign_record(self, record: Record, *with_records: Verified[Record]) -> None:
        """Sign one of our records at the end of the round; apply it together with others."""
        self._records += with_records
        self._ourselves.sign_later(record, self._records.append)  # type: ignore[arg-type]

    def sign_envelope(self, value: BundleWanted | BundleAnswer) -> None:
        """Sign an envelope of the node itself at the end of the round."""
        self._ourselves.sign_later(value, self._envelopes.append)

    def take_records(self) -> list[Verified[Record]]:
        records = self._records.copy()
        self._records.clear()
        return records

    def take_envelopes(self) -> list[Verified[Signable]]:
        envelopes = self._envelopes.copy()
        self._envelopes.clear()
        return envelopes

    def clear(self) -> None:
        """Our incarnation has changed: what was said in the old one is over."""
        self._records.clear()
        self._envelopes.clear()
