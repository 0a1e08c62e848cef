"""Puts a node's state and stages together; each stage is given the state it works on."""

from collections.abc import Iterator
from random import Random

from overlay import limits
from overlay.core.durable import Durable
from overlay.core.settings import Settings
from overlay.core.stages.anti_entropy import AntiEntropy
from overlay.core.stages.attachments import Attachments
from overlay.core.stages.channels import Channels
from overlay.core.stages.commands import Commands
from overlay.core.stages.delivery import Delivery
from overlay.core.stages.extras import Extras
from overlay.core.stages.gossip import Gossip
from overlay.core.stages.healing import Healing
from overlay.core.stages.links import LinkKeeping
from overlay.core.stages.liveness import Liveness
from overlay.core.stages.people import PeopleDesk
from overlay.core.stages.receiving import Receiving
from overlay.core.stages.reserving import Reserving
from overlay.core.stages.routing import Routing
from overlay.core.stages.session import Sessions
from overlay.core.stages.spreading import Spreading
from overlay.core.stages.verification import Verification
from overlay.core.state.bans import Bans
from overlay.core.state.deadlines import Deadline
from overlay.core.state.directory import Directory
from overlay.core.state.frozen import Frozen
from overlay.core.state.holdings import Holdings
from overlay.core.state.lateness import Lateness
from overlay.core.state.links import Links
from overlay.core.state.members import Members
from overlay.core.state.ourselves import Ourselves
from overlay.core.state.parking import Parking
from overlay.core.state.remembered import Bundles, RememberedAccounts
from overlay.core.state.shares import Shares
from overlay.core.state.topology import Topology
from overlay.crypto.keys import SigningKey
from overlay.peering.statements import Reader
from overlay.structures.sizes import Size
from overlay.structures.timers import Timers


class Assembly:
    """What a node is made of."""

    def __init__(
        self,
        key: SigningKey,
        settings: Settings,
        durable: Durable,
        random: Random,
        reader: Reader,
    ) -> None:
        self.verification = Verification(reader, random)
        self.timers: Timers[Deadline] = Timers()
        self.links = Links()
        self.shares = Shares(settings.shares, counts_addresses=settings.counts_addresses)
        self.lateness = Lateness(is_minded=settings.minds_own_lag)
        self.remembered = RememberedAccounts()
        self.bundles = Bundles()
        self.parking = Parking(limits.PARKED_MAX)
        self.ourselves = us = Ourselves(
            key,
            settings,
            random,
            last_incarnation=durable.incarnation,
            last_counter=durable.counter,
        )
        self.bans = Bans()
        self.members = Members(us.id, settings, durable.pins, self.bans.__contains__)
        self.frozen = Frozen(limits.PROOFS_MAX)
        self.holdings = Holdings()
        is_frozen = self.frozen.is_frozen
        self.topology = Topology(us.id, self.members.__contains__, is_frozen)
        self.directory = Directory(self.topology.incarnation_of, is_frozen)
        self._add_stages()

    def _add_stages(self) -> None:
        us, links, members, topology = self.ourselves, self.links, self.members, self.topology
        directory, timers = self.directory, self.timers
        self.reserving = Reserving(us, timers)
        self.keeping = LinkKeeping(us, links, members, topology, timers, self.lateness)
        self.healing = Healing(us, links, members, topology, timers)
        self.extras = Extras(us, links, members, topology, timers)
        self.sessions = Sessions(us, links, members, topology, directory)
        self.liveness = Liveness(us, links, members, topology, timers)
        self.gossip = Gossip(
            us, members, topology, directory, self.parking, self.frozen, self.holdings
        )
        has_read = self.verification.has_read
        self.spreading = Spreading(
            us.id, links, self.holdings, has_read, timers, lambda: len(topology.alive())
        )
        self.anti_entropy = AntiEntropy(links, members, directory, self.holdings)
        self.routing = Routing(us, links, topology, timers)
        self.delivery = Delivery(us, links, directory, topology, self.remembered, timers)
        self.receiving = Receiving(us, links, directory)
        self.attachments = Attachments(us, directory, self.frozen, self.verification.reader)
        self.people = PeopleDesk(
            us, links, directory, topology, self.remembered, self.bundles, timers
        )
        self.channels = Channels(links, directory)
        self.commands = Commands(
            us,
            links,
            members,
            topology,
            directory,
            self.parking,
            self.delivery.mailbox,
            self.delivery.stuck,
            self.holdings,
        )

    def sizes(self) -> Iterator[Size]:
        """How full each table is that has a bound, part by part."""
        yield from self.verification.sizes()
        yield from self.links.sizes()
        yield from self.shares.sizes()
        yield from self.remembered.sizes()
        yield from self.bundles.sizes()
        yield from self.parking.sizes()
        yield from self.bans.sizes()
        yield from self.members.sizes()
        yield from self.frozen.sizes()
        yield from self.topology.sizes()
        yield from self.healing.sizes()
        yield from self.spreading.sizes()
        yield from self.anti_entropy.sizes()
        yield from self.routing.sizes()
        yield from self.delivery.sizes()
        yield from self.attachments.sizes()
        yield from self.people.sizes()
        yield from self.channels.sizes()
