/** Messages of others: opened once, durable before they are shown, in an order all agree on. Sections 9.4 to 9.8. */

import {
  CHAIN_WANTED_ASKS_MAX,
  CHAIN_WANTED_MS,
  PARENT_WAIT_MS,
  WAITING_MESSAGES_MAX,
} from "../../limits";
import { hasOpened, keyAt, openMessage, SUITE } from "../../protocol/chains";
import { decode } from "../../protocol/encoding";
import { RemoteError } from "../../protocol/errors";
import type { ChainId, ClientId, NodeId } from "../../protocol/ids";
import { readMessageText, type Head, type MessageText } from "../../protocol/sealed";
import type { ChatMessage } from "../../protocol/texts";
import type { Heads } from "../state/heads";
import type { Entry, History } from "../state/history";
import type { KnownChain } from "../state/known_chains";
import type { StartsAround } from "./starts";

interface Waiting {
  readonly origin: ClientId;
  readonly chain: ChainId;
  readonly messages: Map<number, { message: ChatMessage; keeper: NodeId | null }>;
  asks: number;
  askAtMs: number;
}

/** Opened and durable, but not shown: a parent of it is still to come. */
interface Held {
  readonly head: Head;
  readonly parents: readonly Head[];
  readonly known: KnownChain;
  readonly entry: Entry;
  readonly untilMs: number;
}

export interface ReceivingAround extends Omit<StartsAround, "onOpened" | "lookUp"> {
  readonly heads: Heads;
  readonly history: History;
  readonly isOpening: (chain: ChainId) => boolean;
}

const nameOf = ([chain, index]: Head): string => `${chain} ${index}`;

export class Receiving {
  private readonly around: ReceivingAround;
  /** By origin and chain: nobody's message can take the place of another's. */
  private readonly waiting = new Map<string, Waiting>();
  /** Opened in memory, not yet on the disk: neither receipted nor shown. */
  private readonly unstored = new Set<string>();
  private readonly held = new Map<string, Held>();
  private readonly told = new Set<string>();
  private waitingCount = 0;

  constructor(around: ReceivingAround) {
    this.around = around;
  }

  /** Takes a verified message. Raises `mismatch` for what is not for us, `unknown_suite`. */
  onMessage(message: ChatMessage, keeper: NodeId | null): void {
    const { standing, chains } = this.around;
    if (!message.recipients.includes(standing.identity.account)) {
      throw new RemoteError("mismatch", "a message for other accounts");
    }
    if (message.suite !== SUITE) {
      this.tell(message, "unknown_suite");
      throw new RemoteError("unknown_suite", `no suite ${message.suite} here`);
    }
    const known = chains.get(message.chain);
    if (known === null || this.around.isOpening(message.chain)) this.wait(message, keeper);
    else this.take(known, message, keeper);
  }

  /** The start of a chain has come: what waited for it follows, in its order. */
  onOpened(origin: ClientId, chain: ChainId): void {
    const key = `${origin} ${chain}`;
    const waiting = this.waiting.get(key);
    this.waiting.delete(key);
    if (waiting === undefined) return;
    this.waitingCount -= waiting.messages.size;
    const messages = [...waiting.messages.values()];
    for (const { message, keeper } of messages.sort((a, b) => a.message.index - b.message.index)) {
      const known = this.around.chains.get(chain);
      if (known !== null) this.take(known, message, keeper);
    }
  }

  onWake(): void {
    const { nowMs } = this.around.desk;
    for (const [key, waiting] of this.waiting) {
      if (waiting.askAtMs <= nowMs) this.askForStart(key, waiting);
    }
    for (const held of [...this.held.values()]) {
      if (held.untilMs <= nowMs) this.show(held, true);
    }
  }

  nextDeadlineMs(): number {
    const asks = [...this.waiting.values()].map(({ askAtMs }) => askAtMs);
    return Math.min(Infinity, ...asks, ...[...this.held.values()].map(({ untilMs }) => untilMs));
  }

  private wait(message: ChatMessage, keeper: NodeId | null): void {
    if (this.waitingCount >= WAITING_MESSAGES_MAX) return;
    const { signer: origin, chain, index } = message;
    const key = `${origin} ${chain}`;
    const askAtMs = this.around.desk.nowMs + CHAIN_WANTED_MS;
    const waiting = this.waiting.get(key) ?? {
      origin,
      chain,
      messages: new Map(),
      asks: 0,
      askAtMs,
    };
    this.waiting.set(key, waiting);
    if (waiting.messages.has(index)) return;
    waiting.messages.set(index, { message, keeper });
    this.waitingCount += 1;
  }

  private askForStart(key: string, waiting: Waiting): void {
    const { desk, standing, signing, uplink } = this.around;
    if (waiting.asks >= CHAIN_WANTED_ASKS_MAX) {
      this.giveUp(key, waiting);
      return;
    }
    waiting.asks += 1;
    waiting.askAtMs = desk.nowMs + CHAIN_WANTED_MS * 2 ** waiting.asks;
    if (!uplink.isAttached) return;
    const { origin, chain, messages } = waiting;
    const keeper = messages.values().next().value?.keeper ?? null;
    const { incarnation } = standing;
    const counter = standing.takeCounter();
    const words = { incarnation, counter, recipients: [origin] as const, chain };
    signing.state("client", "chain_wanted", words, (envelope) => {
      uplink.submit({ envelope, keeper });
    });
  }

  /** Not receipted, so whoever keeps the messages brings them again. */
  private giveUp(key: string, { origin, chain, messages }: Waiting): void {
    this.waiting.delete(key);
    this.waitingCount -= messages.size;
    const [index = 0] = messages.keys();
    this.tell({ signer: origin, chain, index }, "cannot_open");
  }

  private take(known: KnownChain, message: ChatMessage, keeper: NodeId | null): void {
    const { signer, chain, index } = message;
    if (hasOpened(known.state, index)) {
      const isDurable = known.origin === signer && !this.unstored.has(nameOf([chain, index]));
      if (isDurable) this.around.receipts.arrived(signer, keeper, chain, index);
      return;
    }
    try {
      this.open(known, message, keeper);
    } catch (error) {
      if (!(error instanceof RemoteError)) throw error;
      this.tell(message, error.code);
    }
  }

  private open(known: KnownChain, message: ChatMessage, keeper: NodeId | null): void {
    const { signer: origin, conversation, chain, index } = message;
    if (origin !== known.origin || conversation !== known.conversation) {
      throw new RemoteError("mismatch", "a message that contradicts its chain");
    }
    const { messageKey, rest } = keyAt(known.state, index);
    const place = { origin, conversation, chain, index };
    const text = readMessageText(openMessage(messageKey, place, decode(message.body)));
    const after = { ...known, state: rest };
    this.around.chains.put(after);
    this.store(after, [chain, index], text, keeper);
  }

  /** Index, line and heads become durable together; then it is receipted and shown. */
  private store(known: KnownChain, head: Head, text: MessageText, keeper: NodeId | null): void {
    const { desk, heads, receipts } = this.around;
    const [chain, index] = head;
    heads.join(known.conversation, head, text.parents);
    const entry = this.write(known, text);
    this.unstored.add(nameOf(head));
    desk.whenStored(() => {
      this.unstored.delete(nameOf(head));
      receipts.arrived(known.origin, keeper, chain, index);
      const untilMs = desk.nowMs + PARENT_WAIT_MS;
      const held = { head, parents: text.parents, known, entry, untilMs };
      this.held.set(nameOf(head), held);
      this.showReady();
    });
  }

  private write(known: KnownChain, { text, sent_at: sentAt }: MessageText): Entry {
    const { history, people, standing } = this.around;
    const name = people.view(known.account)?.name ?? standing.identity.name;
    return history.prepare({
      place: { kind: "person", account: known.person },
      from: { account: known.account, name },
      text,
      sentAt,
      message: null,
      state: "received",
    });
  }

  private showReady(): void {
    for (let ready = this.nextReady(); ready !== undefined; ready = this.nextReady()) {
      this.show(ready, false);
    }
  }

  private nextReady(): Held | undefined {
    return [...this.held.values()].find(
      ({ parents }) => !parents.some((each) => this.isToCome(each)),
    );
  }

  /** A parent of which we know that it comes: its chain is open, or it waits for its start. */
  private isToCome(parent: Head): boolean {
    const [chain, index] = parent;
    if (this.held.has(nameOf(parent)) || this.unstored.has(nameOf(parent))) return true;
    const known = this.around.chains.get(chain);
    if (known !== null) return index > 0 && !hasOpened(known.state, index);
    return [...this.waiting.values()].some(
      (waiting) => waiting.chain === chain && waiting.messages.has(index),
    );
  }

  private show(held: Held, followsGap: boolean): void {
    const { desk, history, standing } = this.around;
    const { known, head } = held;
    this.held.delete(nameOf(head));
    const entry = history.show(held.entry, followsGap);
    desk.report({
      type: "MessageArrived",
      origin: known.origin,
      chain: head[0],
      index: head[1],
      person: known.person,
      isOwn: known.account === standing.identity.account,
      entry,
    });
    if (followsGap) this.showReady();
  }

  /** Once for each message, however often it is brought again. */
  private tell(
    { signer: origin, chain, index }: Pick<ChatMessage, "signer" | "chain" | "index">,
    code: string,
  ): void {
    if (this.told.has(nameOf([chain, index]))) return;
    if (this.told.size >= WAITING_MESSAGES_MAX) this.told.clear();
    this.told.add(nameOf([chain, index]));
    this.around.desk.report({ type: "MessageUnreadable", origin, chain, index, code });
  }
}
