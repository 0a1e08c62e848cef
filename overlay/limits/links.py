"""Handshakes, links, dials, and how late a node may be."""

from typing import Final

# Handshake

HANDSHAKE_MS: Final = 5_000
"""From TCP accept to welcome: three round trips on a bad mobile link."""

HALF_OPEN_MAX: Final = 640
"""Links that have not finished their handshake: what a flood may hold; a crowd of 500 that comes at
once, as when another node dies, fits without anybody having to come again."""

OPENING_BYTES_MAX: Final = 16_384
"""A message of who has dialled and not proved itself yet: four times the longest hello, and what
each of those links may have us keep."""

NO_LINK_MAX: Final = 1_024
"""Connections that are no link yet, or never will be: 9 KiB each, at worst 41. With fewer places a
thousand who dawdle are let go, come again, and keep those who mean it waiting to be accepted."""

HALF_OPEN_PER_ADDRESS_MAX: Final = 16
"""The same from one remote address; loopback, behind which many stand, is not counted so."""

UNFINISHED_BYTES_MAX: Final = 8_388_608
"""What a node keeps of messages that clients have begun and not ended. Text in memory can be four
times as long: what a thousand of them may have it keep is no more than 32 MiB so."""

VERSIONS_MAX: Final = 16
"""Versions and suites that one hello may list."""

LINK_RETRY_MS: Final = 5_000
"""Whose link a bound has cost is told to come again after this: the time of one handshake."""

SIMULTANEOUS_DIAL_MS: Final = 1_000
"""Two links between two nodes that are closer than this were dialled at once."""

# Links

HEARTBEAT_NODE_MS: Final = 1_000
"""Between nodes, when nothing else was sent, give or take 20 %."""

HEARTBEAT_CLIENT_MS: Final = 15_000
"""On a client's link: 5,000 idle clients cost a node a tenth of a core."""

HEARTBEAT_JITTER: Final = 0.2
"""Part of a heartbeat by which it varies, so that heartbeats do not march in step."""

SILENT_HEARTBEATS: Final = 3
"""Heartbeats missed before a link is suspected."""

SUSPECT_MS: Final = 2_500
"""From suspicion to leaving our record: longer than a 2 s pause of a process."""

CLIENT_ASK_MS: Final = 1_500
"""A client that sent something and heard nothing this long asks; after the same again it
moves on to another node."""

LINK_CREDIT_ENVELOPES: Final = 2_048
"""Envelopes unacknowledged on a link between nodes: 25 ms of acks at 80,000 a second."""

LINK_CREDIT_BYTES: Final = 4_194_304
"""The same in bytes."""

WINDOW_FIRST_BYTES: Final = 262_144
"""What may be unanswered on a link between nodes before answers say how fast it is: two seconds of
a line of a megabit."""

WINDOW_MIN_BYTES: Final = 65_536
"""The least of it: one envelope of full size, or 30 usual ones."""

WINDOW_ANSWER_MS: Final = 1_000
"""Answers that take longer say that a link has got more than it carries: more than any round trip
on earth, and no more than a home waits before it sends again."""

CLIENT_CREDIT_ENVELOPES: Final = 512
"""Envelopes unacknowledged on a client's link."""

CLIENT_CREDIT_BYTES: Final = 1_048_576
"""The same in bytes."""

READ_TURN_BYTES: Final = 65_536
"""What is read from a link before others have their turn: eight milliseconds of a node's time at
most, where it is envelopes."""

READ_TURN_MS: Final = 25
"""In this time, then anew: 2.6 MB a second, 2,500 messages, are not held up by anything."""

READ_WAIT_MS: Final = 50
"""How long more than that waits for others: what floods go on with where a node is never idle."""

GOODBYE_TURN_MS: Final = 500
"""How long whoever is let go waits while a node has something else to do: who has just come goes
first, since those who dawdle come back as soon as they are let go."""

OUTBOX_BYTES_MAX: Final = 8_388_608
"""One link's outbox: both credits' bytes, doubled for the JSON around them."""

OUTBOX_CONTROL_BYTES: Final = 65_536
"""The part of an outbox that envelopes never take: acks, heartbeats, records."""

OUTBOX_STALL_MS: Final = 5_000
"""A link whose control traffic cannot leave for this long closes."""

ACK_DELAY_MS: Final = 25
"""An ack rides with the next batch, at latest after this."""

REDIAL_FIRST_MS: Final = 250
"""First wait before dialling a neighbour again."""

REDIAL_MAX_MS: Final = 30_000
"""Longest wait between dials to one neighbour."""

REDIAL_ANEW_MS: Final = 3_000
"""Between two times that a node begins its back-offs anew since it is no longer alone: somebody who
comes and goes must not have it dial its other neighbours all the time."""

LAG_MS: Final = 300
"""A deadline that comes this late was missed: the process was paused, or has too much to do. A
tenth of the silence that a link is allowed; less than that harms nobody."""

LAG_SCORE_MAX: Final = 4
"""By how much a node that is late again and again multiplies the times after which it blames
others: at worst it takes 22 s instead of 5.5 to drop a silent link."""

LAG_DECAY_MS: Final = 5_000
"""In time for this long, and the factor goes down by one."""

LAG_TELL_MS: Final = 10_000
"""A node says that it is late at most this often."""

HEALING_DIAL_MS: Final = 500
"""Times the live members: how often each of them dials one that is not alive in its eyes. All
together make about two dials a second, however many they are."""

HEALING_DIAL_MAX_MS: Final = 60_000
"""The longest such wait: at 1,000 live members 17 dials a second in all."""

HEALING_HASTE: Final = 10
"""How much sooner the next such dial follows one that was refused, while fewer than half of the
members are alive in our eyes and some were not dialled: where 95 % have died, a node alone tries
20 to find one."""

HEALING_JITTER: Final = 0.5
"""Part of that wait, and of the one for a spare link, that is left to chance."""

HEALING_PATIENCE_MS: Final = 3_000
"""Before members are dialled that have not been alive in our eyes since we know them: while an
overlay starts, their own links are on the way."""

HEALING_DIALS_MAX: Final = 4
"""Such dials of one node under way: a silent host holds one of them up for 5 s."""

EXTRA_LINKS: Final = 2
"""Links to random further members that a node keeps unless its file says otherwise: two from each
make four on average, so that hardly ever one loss alone tears anything apart."""

EXTRA_LINKS_MAX: Final = 16
"""And what a file may ask for: more costs everybody heartbeats and shortens no way."""

EXTRA_FIRST_MS: Final = 1_000
"""First wait before another further member is linked."""

EXTRA_MAX_MS: Final = 60_000
"""Longest wait between two such dials that came to nothing."""

SPARE_MS: Final = 60_000
"""A link that nobody chose is proposed to be closed after this, give or take half: whoever dialled
it to heal something has long healed it, or it is still needed."""

SPARE_ANSWER_MS: Final = 5_000
"""A proposal that has not closed its link by then was declined; until then there is no other."""

SPARE_SOONEST_MS: Final = 20_000
"""A proposal that comes sooner is not looked at: it costs a search of the topology."""

NAMED_BACK_MS: Final = 3_000
"""A new link that its other end does not name in its record by then is named in ours no more:
between honest nodes that takes a round trip."""

NAMED_AGAIN_MS: Final = 5_000
"""Who stopped naming a link and names it again is believed after this: whoever changes its mind
all the time must not make us tell all nodes so. A link that neither end names any more is named
once more after this, then after twice that, and so on,"""
NAMING_TRIES_MAX: Final = 6
"""until this often twice as long."""

APART_MAX: Final = 64
"""Nodes with which an operator has a node keep no link for a while: as many as a file names."""

APART_MS_MAX: Final = 600_000
"""The longest such while: who wants it for longer says so in the file."""

DIAL_MS: Final = 5_000
"""A dial that takes longer has failed."""

LINKS_MAX: Final = 12_000
"""Links of one node: slots for clients, neighbours, and some half open."""

NODE_LINKS_MAX: Final = 192
"""Links between nodes that one node record may name: 64 neighbours, and others healing."""

INBOX_EVENTS_MAX: Final = 1_024
"""Events that wait for the machine; readers wait for room."""

ROUND_EVENTS_MAX: Final = 256
"""Events handled before frames are flushed: bounds a round to some 10 ms."""

LOG_LINES_SECOND_MAX: Final = 100
"""Lines of one kind of fact that a log takes in a second, 5 ms of work: a refusal for each
envelope of a flood took a fifth of a node's time, and would fill its disk."""
