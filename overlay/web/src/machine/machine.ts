/** THE CLIENT: events and the time go in, effects come out. The only file that knows the order of the parts. */

import type { AccountId, Address, ClientId, MessageId } from "../protocol/ids";
import { PublicKeys } from "../protocol/keys";
import type { Random } from "../protocol/random";
import { Commands } from "./commands";
import { Connection } from "./connection";
import type { Effect } from "./effects";
import type { Event } from "./events";
import type { Step } from "./facts";
import { LookUps } from "./look_ups";
import { makeParts, type Parts } from "./assembly";
import type { PersonView } from "./requests";
import type { Row } from "./rows";
import { Desk } from "./state/desk";
import type { Entry } from "./state/history";
import type { Identity } from "./state/standing";

/** A pure read, for what starts to look at the machine; later changes are facts. */
export interface Snapshot {
  readonly account: AccountId;
  readonly people: readonly PersonView[];
  readonly entries: readonly Entry[];
  readonly readMarks: ReadonlyMap<string, number>;
  readonly channels: readonly string[];
}

/**
 * A client of one account. `rows` is what was made durable before; `address` the first node to dial.
 *
 * `handle` never raises for anything that a node or another client can cause. It is started
 * by its first `Wake`; a `Wake` at the end of each round sends what the round has gathered.
 */
export class Client {
  private readonly desk = new Desk();
  private readonly parts: Parts;
  private readonly commands: Commands;
  private readonly connection: Connection;
  private hasStarted = false;

  constructor(identity: Identity, address: Address, rows: readonly Row[]) {
    this.parts = makeParts(identity, address, rows, this.desk, {
      lookUp: (account, then) => {
        lookUps.lookUp(account, then);
      },
      onStep: (message, step, client, reason) => {
        this.onStep(message, step, client, reason);
      },
    });
    const keys = new PublicKeys();
    const lookUps = new LookUps({ desk: this.desk, ...this.parts }, keys);
    this.connection = new Connection(this.desk, this.parts, keys, lookUps);
    this.commands = new Commands(this.desk, this.parts, lookUps);
  }

  handle(event: Event, nowMs: number, random: Random): Effect[] {
    this.desk.begin(nowMs, random);
    this.on(event);
    return this.desk.end();
  }

  /** When the next `Wake` is due: 0 for at once, null for never. */
  nextDeadlineMs(): number | null {
    const { dialling, uplink, outbox, sending, receiving, channels, receipts, signing } =
      this.parts;
    const hasWork =
      !this.hasStarted || receipts.hasDue || signing.hasUnsigned || this.desk.hasUnstored;
    if (hasWork || this.connection.hasOutgoing) return 0;
    const timed = [this.connection, dialling, uplink, outbox, sending, receiving, channels];
    const dueMs = Math.min(...timed.map((part) => part.nextDeadlineMs()));
    return dueMs === Infinity ? null : dueMs;
  }

  snapshot(): Snapshot {
    const { standing, people, history, channels } = this.parts;
    return {
      account: standing.identity.account,
      people: people.all(),
      entries: history.all(),
      readMarks: history.readMarks(),
      channels: channels.all(),
    };
  }

  private on(event: Event): void {
    switch (event.type) {
      case "LinkOpened":
        this.connection.onLinkOpened(event.link, event.dialled);
        return;
      case "FrameReceived":
        this.connection.onFrame(event.link, event.data);
        return;
      case "LinkClosed":
        this.connection.onLinkClosed(event.link, event.reason);
        return;
      case "DialFailed":
        this.parts.dialling.failed(event.address);
        return;
      case "Stored":
        this.desk.onStored(event.ticket);
        return;
      case "StoreFailed":
        this.desk.onStoreFailed(event.ticket, event.reason);
        return;
      case "Signed":
        this.desk.onSigned(event.ticket, event.signature);
        return;
      case "Sealed":
        this.desk.onSealed(event.ticket, event.sealed);
        return;
      case "SealFailed":
        this.desk.onSealed(event.ticket, null);
        return;
      case "Opened":
        this.desk.onOpened(event.ticket, event.text);
        return;
      case "Asked":
        this.commands.onAsked(event.ticket, event.request);
        return;
      case "Wake":
        this.onWake();
        return;
      case "Stopping":
        this.connection.stop();
        this.desk.flush();
        return;
    }
  }

  private onStep(
    message: MessageId,
    step: Step,
    client: ClientId | null,
    reason: string | null,
  ): void {
    const { history } = this.parts;
    const entry = history.entryOf(message);
    if (entry !== null) {
      const state = step === "stalled" ? entry.state : step;
      const isOver = entry.state === "delivered" || entry.state === "failed";
      if (isOver || (entry.state === state && entry.reason === reason)) return;
      history.step(entry, state, reason);
    }
    this.desk.report({ type: "LadderStepped", message, step, client, reason });
  }

  private onWake(): void {
    if (!this.hasStarted) this.start();
    const { dialling, uplink, outbox, sending, receiving, channels } = this.parts;
    const timed = [this.connection, dialling, uplink, outbox, sending, receiving, channels];
    for (const part of timed) part.onWake();
    this.flush();
  }

  private start(): void {
    const { standing, dialling, history } = this.parts;
    this.hasStarted = true;
    history.failUnsent();
    standing.raise(0, () => {
      dialling.start();
    });
  }

  private flush(): void {
    this.parts.receipts.flush();
    this.parts.signing.flush();
    this.desk.flush();
    this.connection.flush();
  }
}
