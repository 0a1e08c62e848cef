/** Public channels: who listens is told to the home alone; what is said is signed, not sealed. Section 8.4. */

import { BUSY_RETRY_MS, CHANNELS_PER_CLIENT_MAX, CHANNEL_WAITING_MAX } from "../../limits";
import type { AccountId, MessageId } from "../../protocol/ids";
import type { Signed } from "../../protocol/signed";
import type { ChannelMessage } from "../../protocol/texts";
import type { Ticket } from "../events";
import type { Step } from "../facts";
import { row, rowsOf, type Row } from "../rows";
import type { Desk } from "../state/desk";
import type { History } from "../state/history";
import type { Signing } from "../state/signing";
import type { Standing } from "../state/standing";
import type { Uplink } from "../state/uplink";
import { ReplayWindows, type SeenRow } from "../state/window";
import type { People } from "./people";

interface Around {
  readonly desk: Desk;
  readonly standing: Standing;
  readonly signing: Signing;
  readonly uplink: Uplink;
  readonly people: People;
  readonly history: History;
  readonly lookUp: (account: AccountId, then: () => void) => void;
  readonly onStep: (message: MessageId, step: Step, reason: string | null) => void;
}

interface Said {
  readonly message: MessageId;
  readonly channel: string;
  readonly text: string;
  readonly sentAt: number;
  signed: { readonly envelope: Signed; readonly incarnation: number } | null;
  isUnderWay: boolean;
  retryAtMs: number;
}

export class Channels {
  private readonly around: Around;
  private readonly joined = new Set<string>();
  private readonly windows = new ReplayWindows();
  /** In memory only: after a restart nobody knows what was accepted, and nothing is said twice. */
  private readonly said = new Map<MessageId, Said>();
  private asking = 0;

  constructor(around: Around, rows: readonly Row[]) {
    this.around = around;
    for (const { key } of rowsOf(rows, "channel")) this.joined.add(key);
    for (const { key, value } of rowsOf<SeenRow>(rows, "heard")) this.windows.restore(key, value);
  }

  all(): string[] {
    return [...this.joined];
  }

  join(ticket: Ticket, channel: string): void {
    const { desk, uplink } = this.around;
    if (this.joined.size >= CHANNELS_PER_CLIENT_MAX && !this.joined.has(channel)) {
      desk.answer(ticket, { type: "Declined", code: "quota", detail: "too many channels" });
      return;
    }
    this.joined.add(channel);
    desk.persist(row("channel", channel, {}));
    uplink.ask({ type: "join", channel }, (outcome) => {
      if (outcome.type === "refused") {
        this.drop(channel);
        const { code, detail } = outcome;
        desk.answer(ticket, { type: "Declined", code, detail });
      } else desk.answer(ticket, { type: "Carried" });
    });
  }

  leave(ticket: Ticket, channel: string): void {
    this.drop(channel);
    this.around.uplink.ask({ type: "leave", channel }, () => {
      this.around.desk.answer(ticket, { type: "Carried" });
    });
  }

  say(said: Pick<Said, "message" | "channel" | "text" | "sentAt">): void {
    const entry = { ...said, signed: null, isUnderWay: false, retryAtMs: 0 };
    this.said.set(said.message, entry);
    this.submit(entry);
  }

  onLost(): void {
    for (const said of this.said.values()) said.isUnderWay = false;
  }

  onAttached(): void {
    for (const channel of this.joined) {
      this.around.uplink.ask({ type: "join", channel }, () => undefined);
    }
    for (const said of this.said.values()) this.submit(said);
  }

  onWake(): void {
    for (const said of this.said.values()) {
      if (said.retryAtMs === 0 || said.retryAtMs > this.around.desk.nowMs) continue;
      said.retryAtMs = 0;
      this.submit(said);
    }
  }

  nextDeadlineMs(): number {
    const due = [...this.said.values()].flatMap(({ retryAtMs }) =>
      retryAtMs > 0 ? [retryAtMs] : [],
    );
    return Math.min(Infinity, ...due);
  }

  /** Takes a verified public message: once, and only from a client that its account lists. */
  onMessage(message: ChannelMessage): void {
    const { people, standing, lookUp } = this.around;
    const { signer, incarnation, counter, account, channel } = message;
    const isOurs = signer === standing.identity.client;
    if (isOurs || !this.joined.has(channel)) return;
    if (!this.windows.take(signer, incarnation, counter)) return;
    if (people.speaksFor(signer, account) === true) this.show(message);
    else if (this.asking < CHANNEL_WAITING_MAX) {
      this.asking += 1;
      lookUp(account, () => {
        this.asking -= 1;
        if (people.speaksFor(signer, account) === true) this.show(message);
        else this.refuse();
      });
    }
  }

  private refuse(): void {
    const detail = "a public message whose account does not list its sender";
    this.around.desk.report({ type: "HomeMisbehaved", code: "not_certified", detail });
  }

  /** What is shown and that it was shown become durable together. */
  private show({ signer, account, channel, text, sent_at: sentAt }: ChannelMessage): void {
    const { desk, history, people } = this.around;
    desk.persist(row("heard", signer, this.windows.seen(signer)));
    const entry = history.add({
      place: { kind: "channel", channel },
      from: { account, name: people.view(account)?.name ?? "" },
      text,
      sentAt,
      message: null,
      state: "received",
    });
    desk.whenStored(() => {
      desk.report({ type: "ChannelMessageArrived", channel, entry });
    });
  }

  private drop(channel: string): void {
    this.joined.delete(channel);
    this.around.desk.forget({ table: "channel", key: channel });
  }

  private submit(said: Said): void {
    const { uplink, standing, signing } = this.around;
    if (!uplink.isAttached || said.isUnderWay) return;
    said.isUnderWay = true;
    const { incarnation } = standing;
    if (said.signed?.incarnation === incarnation) {
      this.hand(said, said.signed.envelope);
      return;
    }
    const counter = standing.takeCounter();
    const { channel, text, sentAt } = said;
    const { account } = standing.identity;
    const words = { incarnation, counter, account, channel, text, sent_at: sentAt };
    signing.state("client", "channel", words, (envelope) => {
      said.signed = { envelope, incarnation };
      if (said.isUnderWay) this.hand(said, envelope);
    });
  }

  private hand(said: Said, envelope: Signed): void {
    const { uplink, desk, onStep } = this.around;
    const { message } = said;
    uplink.submit({
      envelope,
      keeper: null,
      onAcked: () => {
        this.said.delete(message);
        onStep(message, "accepted", null);
      },
      onRefused: (code, retryAfterMs) => {
        said.isUnderWay = false;
        if (code === "busy") {
          said.retryAtMs = desk.nowMs + (retryAfterMs ?? BUSY_RETRY_MS);
          return;
        }
        this.said.delete(message);
        onStep(message, "failed", code);
      },
    });
  }
}
