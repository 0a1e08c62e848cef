/** What the person asks of their client. */

import { OUTBOX_ENTRIES_MAX, TEXT_BYTES_MAX } from "../limits";
import { encode, utf8 } from "../protocol/encoding";
import { named, type AccountId, type MessageId } from "../protocol/ids";
import type { Ticket } from "./events";
import type { LookUps } from "./look_ups";
import type { Parts } from "./assembly";
import { fits } from "./parts/sending";
import type { Place, Reply, Request } from "./requests";
import type { Desk } from "./state/desk";
import type { Outcome } from "./state/uplink";

type Find = Extract<Request, { type: "FindPeople" }>;
type Spoken = Pick<Extract<Request, { type: "Say" }>, "text" | "sentAt">;

const MESSAGE_ID_BYTES = 16;

const declined = (code: string, detail: string): Reply => ({ type: "Declined", code, detail });

export class Commands {
  private readonly desk: Desk;
  private readonly parts: Parts;
  private readonly lookUps: LookUps;

  constructor(desk: Desk, parts: Parts, lookUps: LookUps) {
    this.desk = desk;
    this.parts = parts;
    this.lookUps = lookUps;
  }

  onAsked(ticket: Ticket, request: Request): void {
    const { channels, history } = this.parts;
    switch (request.type) {
      case "Say":
        this.say(ticket, request.to, request);
        return;
      case "SayInChannel":
        this.sayInChannel(ticket, request.channel, request);
        return;
      case "JoinChannel":
        channels.join(ticket, request.channel);
        return;
      case "LeaveChannel":
        channels.leave(ticket, request.channel);
        return;
      case "FindPeople":
        this.find(ticket, request);
        return;
      case "MarkRead":
        history.markRead(request.place);
        this.desk.answer(ticket, { type: "Carried" });
        return;
    }
  }

  private say(ticket: Ticket, to: AccountId, spoken: Spoken): void {
    const { people, standing, sending } = this.parts;
    const no = this.objection(spoken);
    if (no !== null) this.desk.answer(ticket, no);
    else if (to === standing.identity.account || people.view(to) === null) {
      this.desk.answer(ticket, declined("unknown_recipient", "nobody whom this client knows"));
    } else {
      const message = this.write(ticket, { kind: "person", account: to }, spoken);
      sending.say({ message, to, text: spoken.text.toWellFormed(), sentAt: spoken.sentAt });
    }
  }

  private sayInChannel(ticket: Ticket, channel: string, spoken: Spoken): void {
    const no = this.objection(spoken);
    if (no !== null) {
      this.desk.answer(ticket, no);
      return;
    }
    const message = this.write(ticket, { kind: "channel", channel }, spoken);
    const text = spoken.text.toWellFormed();
    this.parts.channels.say({ message, channel, text, sentAt: spoken.sentAt });
  }

  private objection({ text, sentAt }: Spoken): Reply | null {
    const { outbox, sending } = this.parts;
    if (text === "") return declined("malformed", "an empty text");
    if (utf8(text).length > TEXT_BYTES_MAX || !fits(text, sentAt)) {
      return declined("too_large", `a text has at most ${TEXT_BYTES_MAX} bytes`);
    }
    const isFull = outbox.size + sending.waitingDrafts >= OUTBOX_ENTRIES_MAX;
    return isFull ? declined("quota", "too much waits to be delivered") : null;
  }

  /** The line stands in its chat, and the answer is given, once it is durable. */
  private write(ticket: Ticket, place: Place, { text, sentAt }: Spoken): MessageId {
    const { history } = this.parts;
    const message = named<MessageId>(encode(this.desk.random.bytes(MESSAGE_ID_BYTES)));
    const words = { text: text.toWellFormed(), sentAt };
    history.add({ place, from: null, ...words, message, state: "waiting" });
    this.desk.whenStored(
      () => {
        const entry = history.entryOf(message);
        if (entry !== null) this.desk.report({ type: "EntryAdded", entry });
        this.desk.answer(ticket, { type: "Queued", message });
      },
      (reason) => {
        this.desk.answer(ticket, declined("not_stored", reason));
      },
    );
    return message;
  }

  private find(ticket: Ticket, request: Find): void {
    const question =
      "id" in request
        ? ({ type: "find", id: request.id } as const)
        : {
            ...({ type: "find", name: request.name } as const),
            ...(request.node === undefined ? {} : { node: request.node }),
          };
    this.parts.uplink.ask(question, (outcome) => {
      this.desk.answer(ticket, this.found(outcome));
    });
  }

  private found(outcome: Outcome): Reply {
    if (outcome.type === "refused") return declined(outcome.code, outcome.detail);
    if (outcome.type !== "found") return declined("detached", "no node serves this client now");
    this.lookUps.learn(outcome.people);
    const people = outcome.people.flatMap(
      ({ account }) => this.parts.people.view(named<AccountId>(account.signer)) ?? [],
    );
    return { type: "PeopleFound", people };
  }
}
