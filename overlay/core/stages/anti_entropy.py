"""Comparing what two ends of a link hold, and taking over what is missing here.

docs/protocol.md, section 5.7. Each end takes over by itself; neither
needs to know how far the other has come.
"""

from collections.abc import Iterable, Iterator, Sequence

from overlay import limits
from overlay.core.state.answers import Answers
from overlay.core.state.directory import Directory
from overlay.core.state.holdings import Holdings, Item
from overlay.core.state.links import Link, Links
from overlay.core.state.members import Members
from overlay.errors import Busy, Unexpected
from overlay.messages.gossip import (
    Delta,
    Digest,
    DigestPart,
    DigestWanted,
    Equivocation,
    EverythingWanted,
    Request,
    Synced,
)
from overlay.messages.ids import AccountId
from overlay.messages.signed import Signed
from overlay.peering.exchange import Pull
from overlay.peering.outgoing import in_portions
from overlay.peering.records import Subject, subject_of
from overlay.structures.sizes import Size


class AntiEntropy:
    """The first exchange of every link, and the later ones where roots differ."""

    def __init__(
        self, links: Links, members: Members, directory: Directory, holdings: Holdings
    ) -> None:
        self._links = links
        self._members = members
        self._directory = directory
        self._holdings = holdings
        self._answers = Answers(limits.ANSWERS_AT_ONCE_BYTES, limits.ANSWERS_SECOND_BYTES)

    def sizes(self) -> Iterator[Size]:
        """How full its tables are."""
        yield Size("nodes that asked", len(self._answers), limits.ASKERS_MAX)

    # Taking over.

    def begin(self, link: Link, now_ms: int) -> None:
        """A link opens: show what we hold, and await what the other end shows."""
        link.exchange.pull = Pull(now_ms, digests_due=1)
        self._links.say(link, Digest((self._holdings.part(""),)))

    def on_tick(self, link: Link, now_ms: int) -> None:
        """A heartbeat is due: compare anew where the roots go on differing."""
        exchange = link.exchange
        pull, root = exchange.pull, self._holdings.root
        if pull is not None:
            if now_ms - pull.moved_ms >= limits.EXCHANGE_STALL_MS:
                self._begin_anew(link, now_ms)
            return
        roots = (root, exchange.their_root)
        if exchange.their_root in (None, root) or exchange.fruitless == roots:
            exchange.differing = exchange.standing = 0
            return
        exchange.differing += 1
        exchange.standing = exchange.standing + 1 if exchange.roots == roots else 1
        exchange.roots = roots
        # What is on its way changes one root before the other: that is no difference to look into.
        stands = exchange.standing >= limits.ROOTS_STANDING
        if stands or exchange.differing >= limits.ROOTS_DIFFERING_MAX:
            self._begin_anew(link, now_ms)

    def on_digest(self, link: Link, digest: Digest, now_ms: int) -> None:
        """Parts of what the other end holds. Raises `Unexpected` for what was not asked for."""
        exchange, pull, count = link.exchange, link.exchange.pull, len(digest.parts)
        if pull is None or pull.digests_due < count:
            if exchange.late_parts < count:
                raise Unexpected("a digest that was not asked for")
            exchange.late_parts -= count
            return
        pull.moved_ms = now_ms
        pull.digests_due -= count
        for part in digest.parts:
            if self._is_beginner(part) and not pull.is_delta_due:
                pull.is_delta_due = True
                self._links.say(link, EverythingWanted())
            else:
                leaves, prefixes = self._holdings.lacks(part)
                # What is beyond the bound the next comparison finds.
                room = limits.MISSING_MAX - len(pull.wanted)
                pull.wanted |= dict.fromkeys(leaves[:room])
                pull.prefixes += prefixes
        self._go_on_taking(link, pull)

    def on_taken(self, link: Link, *, has_news: bool, is_last: bool, now_ms: int) -> None:
        """Records that were asked for have been merged. Raises `Unexpected` if none were."""
        exchange, pull = link.exchange, link.exchange.pull
        if pull is None or not pull.is_delta_due:
            if not exchange.late_deltas:
                raise Unexpected("a delta that was not asked for")
            if is_last:
                exchange.late_deltas -= 1
            return
        pull.moved_ms = now_ms
        pull.taken += has_news
        if is_last:
            pull.is_delta_due = False
            self._go_on_taking(link, pull)

    def _begin_anew(self, link: Link, now_ms: int) -> None:
        exchange, given_up = link.exchange, link.exchange.pull
        if given_up is not None:
            # On a link with a long queue answers come later than they are waited for.
            exchange.late_parts += given_up.digests_due
            exchange.late_deltas += given_up.is_delta_due
        exchange.differing = exchange.standing = 0
        exchange.pull = Pull(now_ms, digests_due=1)
        self._links.say(link, DigestWanted(("",)))

    def _is_beginner(self, part: DigestPart) -> bool:
        return not part.prefix and part.count > len(self._holdings) + limits.EVERYTHING_ABOVE

    def _go_on_taking(self, link: Link, pull: Pull) -> None:
        prefixes, pull.prefixes = pull.prefixes, []
        for start in range(0, len(prefixes), limits.DIGEST_PARTS_MAX):
            portion = tuple(prefixes[start : start + limits.DIGEST_PARTS_MAX])
            pull.digests_due += len(portion)
            self._links.say(link, DigestWanted(portion))
        if pull.wanted and not pull.is_delta_due:
            portion = tuple(pull.wanted)[: limits.DELTA_RECORDS_MAX]
            for leaf in portion:
                del pull.wanted[leaf]
            pull.is_delta_due = True
            self._links.say(link, Request(portion))
        if pull.is_over:
            self._end(link, pull)

    def _end(self, link: Link, pull: Pull) -> None:
        exchange = link.exchange
        exchange.pull = None
        if not pull.taken:
            exchange.fruitless = (self._holdings.root, exchange.their_root)
        if not exchange.has_all_theirs:
            exchange.has_all_theirs = True
            self._links.say(link, Synced())

    # Giving.

    def admits(self, link: Link, now_ms: int) -> bool:
        """Whether a question of this neighbour is answered now.

        Raises `Busy`, saying when to ask again, for the first that is not;
        until then the following ones are not answered at all.
        """
        if self._answers.is_told_to_wait(link.peer, now_ms):
            return False
        wait_ms = self._answers.wait_ms(link.peer, self._holdings.size_bytes, now_ms)
        if not wait_ms:
            return True
        wait_ms = max(wait_ms, limits.ANSWER_WAIT_MS)
        self._answers.told_to_wait(link.peer, now_ms + wait_ms)
        raise Busy("enough was answered for now", retry_after_ms=wait_ms)

    def answered(self, link: Link, size_bytes: int, now_ms: int) -> None:
        """Count what an answer cost."""
        self._answers.given(link.peer, size_bytes, self._holdings.size_bytes, now_ms)

    def on_digest_wanted(self, link: Link, wanted: DigestWanted) -> None:
        """Sum up the parts. Raises `Busy` while much of earlier answers is unread."""
        self._check_room(link)
        parts = tuple(self._holdings.part(prefix) for prefix in wanted.prefixes)
        self._links.say(link, Digest(parts))

    def on_request(self, link: Link, request: Request) -> None:
        """Give what is asked for and still counts. Raises `Busy` as `on_digest_wanted` does."""
        self._check_room(link)
        items = [self._holdings.item(leaf) for leaf in request.leaves]
        self._links.say(link, *_proofs(items))
        for delta in _deltas(items):
            self._links.say(link, delta)

    def on_everything_wanted(self, link: Link) -> None:
        """Give all that counts, as fast as it is read.

        Who asks again meanwhile has not had its end in time, and is given what is left.
        """
        if link.exchange.everything is None:
            link.exchange.everything = self._everything()
        self.go_on(link)

    def go_on(self, link: Link) -> None:
        """Give more of everything, as far as the link's outbox has room for it.

        All at once would overflow it where thousands of clients are present,
        and the two nodes would never get to know each other.
        """
        while link.exchange.everything is not None:
            if link.waiting_bytes > limits.EXCHANGE_BYTES_MAX:
                return
            delta = next(link.exchange.everything)
            self._links.say(link, delta)
            if delta.is_last:
                link.exchange.everything = None

    def _check_room(self, link: Link) -> None:
        if link.waiting_bytes > limits.EXCHANGE_BYTES_MAX:
            raise Busy("read what was answered first", retry_after_ms=limits.BUSY_RETRY_MS)

    def _everything(self) -> Iterator[Delta]:
        """What is held of each subject when its turn comes; what is new was pushed meanwhile.

        Proofs are left to the next comparison: a beginner cannot tell whom they are about.
        """
        subjects = list(self._subjects())
        return _deltas(self._holdings.of(subject) for subject in subjects)

    def _subjects(self) -> Iterator[Subject]:
        """Nearest nodes first, each after its voucher; each presence with slot and account."""
        sent: dict[AccountId, None] = {}
        for node in self._members.all():
            yield Subject("node", node)
            for slot, presence in self._directory.attachments_of(node):
                yield subject_of(slot.value)
                if presence is None:
                    continue
                yield subject_of(presence.value)
                account = presence.value.account
                if account not in sent:
                    sent[account] = None
                    yield Subject("account", account)


def _proofs(items: Sequence[Item | None]) -> list[Equivocation]:
    return [item for item in items if isinstance(item, Equivocation)]


def _deltas(items: Iterable[Item | None]) -> Iterator[Delta]:
    portions = in_portions(item for item in items if isinstance(item, Signed))
    portion = next(portions, ())
    for following in portions:
        yield Delta(portion, is_last=False)
        portion = following
    yield Delta(portion, is_last=True)
