/** What is sealed and on its way: submitted until it is receipted. docs/protocol.md, sections 7.3 to 7.6. */

import { BUSY_RETRY_MS, QUOTA_RETRY_MS } from "../../limits";
import { SUITE } from "../../protocol/chains";
import type {
  AccountId,
  ChainId,
  ClientId,
  ConversationId,
  KeyId,
  MessageId,
} from "../../protocol/ids";
import type { StallReason } from "../../protocol/messages";
import type { Signed } from "../../protocol/signed";
import type { ChainRanges } from "../../protocol/texts";
import { row, rowsOf, type Row } from "../rows";
import type { Desk } from "../state/desk";
import type { Signing } from "../state/signing";
import type { Standing } from "../state/standing";
import type { Uplink } from "../state/uplink";
import type { Step } from "../facts";

interface Parcel {
  /** Rises with every parcel: the order in which they are submitted. */
  readonly sequence: number;
  readonly conversation: ConversationId;
  readonly chain: ChainId;
  readonly body: string;
}

/** A sealed message: waits for a receipt of one client of the other account. */
export interface MessageParcel extends Parcel {
  readonly kind: "message";
  readonly message: MessageId;
  readonly index: number;
  readonly recipients: readonly AccountId[];
  readonly clients: readonly ClientId[];
}

/** A chain's sealed first key: waits for the receipt of that client. */
export interface StartParcel extends Parcel {
  readonly kind: "chain_start";
  readonly client: ClientId;
  readonly keyId: KeyId;
}

export type AnyParcel = MessageParcel | StartParcel;
type Unnumbered<Some> = Some extends AnyParcel ? Omit<Some, "sequence"> : never;

interface Held {
  readonly parcel: AnyParcel;
  isDurable: boolean;
  /** Under which incarnation and counter it was signed last. */
  signed: { readonly envelope: Signed; incarnation: number; counter: number } | null;
  /** On its way over the link that we have now. */
  isUnderWay: boolean;
  retryAtMs: number;
  /** Why our home says that it waits there; it may say so before its ack. */
  stall: StallReason | null;
}

/** What a home can say that another envelope of the same text would not mend. */
const FINAL: ReadonlySet<string> = new Set(["malformed", "mismatch", "not_yours", "bad_signature"]);
/** Signing anew, with a fresh counter, mends these. */
const STALE: ReadonlySet<string> = new Set(["replayed", "old_incarnation"]);

const keyOf = (parcel: AnyParcel): string =>
  parcel.kind === "message" ? parcel.message : `${parcel.chain} ${parcel.client}`;

/** Told of each step of a message; and of each chain for which nothing is under way any more. */
export interface OutboxListener {
  readonly onStep: (
    message: MessageId,
    step: Step,
    client: ClientId | null,
    why: string | null,
  ) => void;
  readonly onChainEmpty: (chain: ChainId) => void;
}

export class Outbox {
  private readonly desk: Desk;
  private readonly standing: Standing;
  private readonly signing: Signing;
  private readonly uplink: Uplink;
  private readonly listener: OutboxListener;
  private readonly held = new Map<string, Held>();
  private readonly byChain = new Map<ChainId, Set<Held>>();
  private lastSequence = 0;

  constructor(
    parts: { desk: Desk; standing: Standing; signing: Signing; uplink: Uplink },
    listener: OutboxListener,
    rows: readonly Row[],
  ) {
    this.desk = parts.desk;
    this.standing = parts.standing;
    this.signing = parts.signing;
    this.uplink = parts.uplink;
    this.listener = listener;
    const stored = rowsOf<AnyParcel>(rows, "outbox").map(({ value }) => value);
    for (const parcel of stored.sort((a, b) => a.sequence - b.sequence)) {
      this.hold(parcel).isDurable = true;
    }
  }

  get size(): number {
    return this.held.size;
  }

  /** Keeps a parcel, and submits it once it is durable. One for the same place is replaced. */
  add(unnumbered: Unnumbered<AnyParcel>): void {
    const parcel = { ...unnumbered, sequence: this.lastSequence + 1 };
    const held = this.hold(parcel);
    this.desk.persist(row("outbox", keyOf(parcel), parcel));
    this.desk.whenStored(() => {
      held.isDurable = true;
      this.submit(held);
    });
  }

  hasOf(chain: ChainId): boolean {
    return this.byChain.has(chain);
  }

  /** Our link ended: nothing is under way any more. */
  onLost(): void {
    for (const held of this.held.values()) held.isUnderWay = false;
  }

  /** A home serves us: whatever was not receipted is submitted again, in its order. */
  onAttached(): void {
    for (const held of this.held.values()) {
      held.retryAtMs = 0;
      this.submit(held);
    }
  }

  onWake(): void {
    for (const held of this.held.values()) {
      if (held.retryAtMs > 0 && held.retryAtMs <= this.desk.nowMs) {
        held.retryAtMs = 0;
        this.submit(held);
      }
    }
  }

  nextDeadlineMs(): number {
    const due = [...this.held.values()].flatMap(({ retryAtMs }) =>
      retryAtMs > 0 ? [retryAtMs] : [],
    );
    return Math.min(Infinity, ...due);
  }

  /** Sends a chain start once more, since that client asks for it; false where it is not held. */
  resend(chain: ChainId, client: ClientId): boolean {
    const held = this.held.get(`${chain} ${client}`);
    if (held === undefined) return false;
    if (!held.isUnderWay) this.submit(held);
    return true;
  }

  /** What a client says has arrived there; the caller has verified who says it. */
  onReceipt(from: ClientId, arrived: readonly ChainRanges[]): void {
    for (const { chain, ranges } of arrived) {
      for (const { parcel } of [...(this.byChain.get(chain) ?? [])]) {
        const isMessage = parcel.kind === "message";
        const index = isMessage ? parcel.index : 0;
        const counts = isMessage ? parcel.clients.includes(from) : parcel.client === from;
        const isListed = ranges.some(([first, last]) => first <= index && index <= last);
        if (isListed && counts) this.delivered(parcel, from);
      }
    }
  }

  onStalled(counter: number, reason: StallReason): void {
    for (const held of this.held.values()) {
      const { signed } = held;
      const isIt = signed?.counter === counter && signed.incarnation === this.standing.incarnation;
      if (!isIt) continue;
      held.stall = reason;
      if (!held.isUnderWay) this.tellStall(held);
    }
  }

  private tellStall({ parcel, stall }: Held): void {
    if (stall === null || parcel.kind !== "message") return;
    this.listener.onStep(parcel.message, "stalled", null, stall);
  }

  private delivered(parcel: AnyParcel, from: ClientId): void {
    this.release(parcel);
    if (parcel.kind === "message") {
      this.listener.onStep(parcel.message, "delivered", from, null);
    }
  }

  private release(parcel: AnyParcel): void {
    this.drop(parcel);
    this.desk.forget({ table: "outbox", key: keyOf(parcel) });
    if (!this.hasOf(parcel.chain)) this.listener.onChainEmpty(parcel.chain);
  }

  private hold(parcel: AnyParcel): Held {
    this.drop(parcel);
    const held: Held = {
      ...{ parcel, isDurable: false, signed: null },
      ...{ isUnderWay: false, retryAtMs: 0, stall: null },
    };
    this.held.set(keyOf(parcel), held);
    const sameChain = this.byChain.get(parcel.chain) ?? new Set();
    this.byChain.set(parcel.chain, sameChain.add(held));
    this.lastSequence = Math.max(this.lastSequence, parcel.sequence);
    return held;
  }

  private drop(parcel: AnyParcel): void {
    const held = this.held.get(keyOf(parcel));
    const sameChain = this.byChain.get(parcel.chain);
    this.held.delete(keyOf(parcel));
    if (held === undefined) return;
    sameChain?.delete(held);
    if (sameChain?.size === 0) this.byChain.delete(parcel.chain);
  }

  private isHeld({ parcel }: Held): boolean {
    return this.held.get(keyOf(parcel))?.parcel === parcel;
  }

  private submit(held: Held): void {
    if (!held.isDurable || !this.uplink.isAttached || held.isUnderWay || !this.isHeld(held)) return;
    held.isUnderWay = true;
    if (held.signed?.incarnation === this.standing.incarnation) {
      this.hand(held, held.signed.envelope);
      return;
    }
    const { incarnation } = this.standing;
    const counter = this.standing.takeCounter();
    const numbered = { incarnation, counter };
    const then = (envelope: Signed) => {
      held.signed = { envelope, ...numbered };
      if (held.isUnderWay && this.isHeld(held)) this.hand(held, envelope);
    };
    this.state(held.parcel, numbered, then);
  }

  private state(
    parcel: AnyParcel,
    numbered: { incarnation: number; counter: number },
    then: (envelope: Signed) => void,
  ): void {
    const { conversation, chain, body } = parcel;
    const common = { ...numbered, conversation, chain, suite: SUITE, body };
    if (parcel.kind === "message") {
      const { recipients, index } = parcel;
      this.signing.state("client", "message", { ...common, recipients, index }, then);
    } else {
      const { client, keyId } = parcel;
      const start = { ...common, recipients: [client] as const, key_id: keyId };
      this.signing.state("client", "chain_start", start, then);
    }
  }

  private hand(held: Held, envelope: Signed): void {
    held.stall = null;
    this.uplink.submit({
      envelope,
      keeper: null,
      onAcked: () => {
        const { parcel } = held;
        held.isUnderWay = false;
        if (parcel.kind === "message" && this.isHeld(held)) {
          this.listener.onStep(parcel.message, "accepted", null, null);
          this.tellStall(held);
        }
      },
      onRefused: (code, retryAfterMs) => {
        this.refused(held, code, retryAfterMs);
      },
    });
  }

  private refused(held: Held, code: string, retryAfterMs: number | null): void {
    const { parcel } = held;
    held.isUnderWay = false;
    if (!this.isHeld(held)) return;
    if (FINAL.has(code)) {
      this.release(parcel);
    } else {
      const waitMs = code === "busy" || STALE.has(code) ? BUSY_RETRY_MS : QUOTA_RETRY_MS;
      held.retryAtMs = this.desk.nowMs + (retryAfterMs ?? waitMs);
      if (STALE.has(code)) held.signed = null;
    }
    if (parcel.kind === "message") {
      const step = FINAL.has(code) ? "failed" : "stalled";
      this.listener.onStep(parcel.message, step, null, code);
    }
  }
}
