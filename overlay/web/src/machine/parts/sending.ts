/** Our side of conversations: chains that we start, texts that we seal. docs/protocol.md, sections 9.3 to 9.7. */

import {
  CHAIN_MESSAGES_MAX,
  CHAIN_MS,
  FIND_MS,
  INDEX_MAX,
  PARENTS_MAX,
  RESEALS_MAX,
  SENT_CHAINS_MAX,
} from "../../limits";
import {
  chainId,
  chainStartInfo,
  directConversation,
  sealMessage,
  stepChain,
} from "../../protocol/chains";
import { encode } from "../../protocol/encoding";
import {
  named,
  type AccountId,
  type ChainId,
  type ClientId,
  type MessageId,
} from "../../protocol/ids";
import { writeMessageText, writeOpening } from "../../protocol/sealed";
import { row, rowsOf, type Row } from "../rows";
import type { Desk } from "../state/desk";
import type { Heads } from "../state/heads";
import type { Standing } from "../state/standing";
import type { Uplink } from "../state/uplink";
import type { Outbox } from "./outbox";
import type { People, SealingKey } from "./people";

/** A text that waits to be sealed. */
export interface Draft {
  readonly message: MessageId;
  readonly sequence: number;
  readonly to: AccountId;
  readonly text: string;
  readonly sentAt: number;
}

/** What can be asked for again: a chain of ours, by its first key. */
interface SentChain {
  readonly chain: ChainId;
  readonly to: AccountId;
  readonly firstKey: string;
  readonly sequence: number;
}

/** The chain under which we seal now. In memory only: a new start of the client begins a new one. */
interface CurrentChain {
  readonly chain: ChainId;
  readonly readers: readonly ClientId[];
  readonly startedMs: number;
  key: Uint8Array;
  nextIndex: number;
}

interface Conversation {
  readonly drafts: Draft[];
  chain: CurrentChain | null;
  isStarting: boolean;
  askAgainMs: number;
}

interface Around {
  readonly desk: Desk;
  readonly standing: Standing;
  readonly uplink: Uplink;
  readonly people: People;
  readonly outbox: Outbox;
  readonly heads: Heads;
  /** Asks the directory for one account; what it learns comes back through `advance`. */
  readonly lookUp: (account: AccountId, then: () => void) => void;
  readonly onStalled: (message: MessageId, reason: string) => void;
}

export class Sending {
  private readonly around: Around;
  private readonly conversations = new Map<AccountId, Conversation>();
  private readonly sent = new Map<ChainId, SentChain>();
  private readonly reseals = new Map<string, number>();
  private lastSequence = 0;

  constructor(around: Around, rows: readonly Row[]) {
    this.around = around;
    const drafts = rowsOf<Draft>(rows, "draft").map(({ value }) => value);
    for (const draft of drafts.sort((a, b) => a.sequence - b.sequence)) this.keep(draft);
    const chains = rowsOf<SentChain>(rows, "sent_chain").map(({ value }) => value);
    for (const chain of chains.sort((a, b) => a.sequence - b.sequence)) {
      this.sent.set(chain.chain, chain);
      this.lastSequence = Math.max(this.lastSequence, chain.sequence);
    }
  }

  get waitingDrafts(): number {
    return [...this.conversations.values()].reduce((sum, { drafts }) => sum + drafts.length, 0);
  }

  /** Takes a text; it is durable with the end of this round, and sealed when there is a key for it. */
  say(draft: Omit<Draft, "sequence">): void {
    const numbered = { ...draft, sequence: this.lastSequence + 1 };
    this.keep(numbered);
    this.around.desk.persist(row("draft", draft.message, numbered));
    this.advance(draft.to);
  }

  onAttached(): void {
    for (const [account, conversation] of this.conversations) {
      conversation.askAgainMs = 0;
      this.advance(account);
    }
  }

  onWake(): void {
    for (const [account, conversation] of this.conversations) {
      const { askAgainMs, isStarting } = conversation;
      if (isStarting || askAgainMs === 0 || askAgainMs > this.around.desk.nowMs) continue;
      conversation.askAgainMs = 0;
      this.advance(account);
    }
  }

  /** Who came may have brought the key that was missing. */
  onPersonChanged(account: AccountId): void {
    const conversation = this.conversations.get(account);
    if (conversation === undefined || conversation.isStarting) return;
    conversation.askAgainMs = 0;
    this.advance(account);
  }

  nextDeadlineMs(): number {
    const due = [...this.conversations.values()]
      .filter(({ askAgainMs, isStarting }) => askAgainMs > 0 && !isStarting)
      .map(({ askAgainMs }) => askAgainMs);
    return this.around.uplink.isAttached ? Math.min(Infinity, ...due) : Infinity;
  }

  /** Seals what waits for this person, as far as their keys are known. */
  advance(account: AccountId): void {
    const conversation = this.conversations.get(account);
    if (conversation === undefined || conversation.drafts.length === 0) return;
    if (!this.around.standing.isUsable || conversation.isStarting) return;
    if (this.mustAsk(account, conversation)) return;
    const readers = this.readers(account);
    if (this.serves(conversation.chain, readers)) this.sealDrafts(conversation);
    else this.startChain(account, conversation, readers);
  }

  /** A recipient lacks a chain's start: it gets the same again, or, if it was receipted, a new one. */
  onChainWanted(chain: ChainId, from: ClientId): void {
    const sent = this.sent.get(chain);
    if (sent === undefined || this.around.outbox.resend(chain, from)) return;
    this.reseal(sent, from, null);
  }

  /** A start was sealed to a key that is gone: fetch the present one and seal anew. */
  onUnknownKey(chain: ChainId, from: ClientId, refused: string): void {
    const sent = this.sent.get(chain);
    if (sent === undefined) return;
    this.around.lookUp(this.accountOf(sent, from), () => {
      this.reseal(sent, from, refused);
    });
  }

  /** Nothing of this chain is under way: its first key is not needed any more, unless it goes on. */
  onChainEmpty(chain: ChainId): void {
    const sent = this.sent.get(chain);
    if (sent === undefined || this.conversations.get(sent.to)?.chain?.chain === chain) return;
    this.forget(sent);
  }

  private keep(draft: Draft): void {
    const conversation = this.conversations.get(draft.to) ?? {
      drafts: [],
      chain: null,
      isStarting: false,
      askAgainMs: 0,
    };
    conversation.drafts.push(draft);
    this.conversations.set(draft.to, conversation);
    this.lastSequence = Math.max(this.lastSequence, draft.sequence);
  }

  /** Whether a key has to be asked for first; then that is under way, or it waits for the person. */
  private mustAsk(account: AccountId, conversation: Conversation): boolean {
    const { people, desk, uplink, lookUp } = this.around;
    const isUnreadable = people
      .clientsOf(account)
      .every((client) => !people.keyOf(account, client));
    if (people.lackKeys(account) && uplink.isAttached && conversation.askAgainMs <= desk.nowMs) {
      conversation.askAgainMs = desk.nowMs + FIND_MS;
      conversation.isStarting = true;
      lookUp(account, () => {
        conversation.isStarting = false;
        this.advance(account);
      });
      return true;
    }
    const reason = people.hasUnusable(account) ? "unknown_suite" : "no_key";
    if (isUnreadable) this.stall(conversation, reason);
    return isUnreadable;
  }

  private stall(conversation: Conversation, reason: string): void {
    for (const { message } of conversation.drafts) this.around.onStalled(message, reason);
  }

  /** The clients of both accounts, our own left out. */
  private readers(account: AccountId): ClientId[] {
    const { people, standing } = this.around;
    const { account: ours, client } = standing.identity;
    const all = [...people.clientsOf(account), ...people.clientsOf(ours)];
    return [...new Set(all)].filter((each) => each !== client).sort();
  }

  private serves(chain: CurrentChain | null, readers: readonly ClientId[]): boolean {
    return (
      chain !== null &&
      chain.nextIndex <= CHAIN_MESSAGES_MAX &&
      this.around.desk.nowMs < chain.startedMs + CHAIN_MS &&
      chain.readers.join() === readers.join()
    );
  }

  private startChain(
    account: AccountId,
    conversation: Conversation,
    readers: readonly ClientId[],
  ): void {
    const { desk, standing } = this.around;
    const firstKey = desk.random.bytes(32);
    const id = directConversation(standing.network, standing.identity.account, account);
    const chain = chainId(standing.network, id, standing.identity.client, firstKey);
    const sent = {
      chain,
      to: account,
      firstKey: encode(firstKey),
      sequence: this.lastSequence + 1,
    };
    const sealable = readers.filter((client) => this.keyFor(sent, client) !== null);
    const replaced = conversation.chain;
    conversation.isStarting = true;
    let open = sealable.length;
    for (const client of sealable) {
      this.sealStart(sent, client, () => {
        open -= 1;
        if (open > 0) return;
        const current = { chain, readers, startedMs: desk.nowMs, key: firstKey, nextIndex: 1 };
        conversation.chain = current;
        conversation.isStarting = false;
        if (replaced !== null) this.dropIfEmpty(replaced.chain);
        this.advance(account);
      });
    }
    this.remember(sent);
  }

  private remember(sent: SentChain): void {
    this.lastSequence = sent.sequence;
    this.sent.set(sent.chain, sent);
    this.around.desk.persist(row("sent_chain", sent.chain, sent));
    for (const oldest of this.sent.values()) {
      if (this.sent.size <= SENT_CHAINS_MAX) break;
      this.forget(oldest);
    }
  }

  private forget({ chain }: SentChain): void {
    this.sent.delete(chain);
    for (const key of this.reseals.keys()) {
      if (key.startsWith(chain)) this.reseals.delete(key);
    }
    this.around.desk.forget({ table: "sent_chain", key: chain });
  }

  private dropIfEmpty(chain: ChainId): void {
    if (!this.around.outbox.hasOf(chain)) this.onChainEmpty(chain);
  }

  private accountOf(sent: SentChain, client: ClientId): AccountId {
    const { people, standing } = this.around;
    const isOurs = people.clientsOf(standing.identity.account).includes(client);
    return isOurs ? standing.identity.account : sent.to;
  }

  private keyFor(sent: SentChain, client: ClientId): SealingKey | null {
    return this.around.people.keyOf(this.accountOf(sent, client), client);
  }

  private sealStart(sent: SentChain, client: ClientId, then: () => void): void {
    const { desk, standing, outbox } = this.around;
    const key = this.keyFor(sent, client);
    if (key === null) return;
    const { account, client: origin } = standing.identity;
    const conversation = directConversation(standing.network, account, sent.to);
    const names = [conversation, sent.chain, origin, client, key.keyId] as const;
    const info = chainStartInfo(standing.network, ...names);
    const text = writeOpening({ key: sent.firstKey, account, to: sent.to });
    desk.seal({ key: key.key, info, text }, (sealed) => {
      if (sealed !== null) {
        const { chain } = sent;
        const body = encode(sealed);
        const { keyId } = key;
        outbox.add({ kind: "chain_start", conversation, chain, client, keyId, body });
      }
      then();
    });
  }

  /** Seals a chain's start once more for one of its readers, a few times at most. */
  private reseal(sent: SentChain, client: ClientId, refused: string | null): void {
    const { people } = this.around;
    const isReader = this.readers(sent.to).includes(client);
    const times = this.reseals.get(`${sent.chain} ${client}`) ?? 0;
    if (!isReader || times >= RESEALS_MAX) return;
    const key = people.keyOf(this.accountOf(sent, client), client);
    if (key === null || key.keyId === refused) return;
    this.reseals.set(`${sent.chain} ${client}`, times + 1);
    this.sealStart(sent, client, () => undefined);
  }

  private sealDrafts(conversation: Conversation): void {
    const { chain } = conversation;
    for (let draft = conversation.drafts[0]; draft !== undefined; draft = conversation.drafts[0]) {
      if (chain === null || chain.nextIndex > CHAIN_MESSAGES_MAX) {
        this.advance(draft.to);
        return;
      }
      conversation.drafts.shift();
      this.sealDraft(chain, draft);
    }
  }

  private sealDraft(current: CurrentChain, draft: Draft): void {
    const { desk, standing, outbox, heads, people } = this.around;
    const { account, client } = standing.identity;
    const conversation = directConversation(standing.network, account, draft.to);
    const { chain, nextIndex: index } = current;
    const { next, messageKey } = stepChain(current.key);
    current.key = next;
    current.nextIndex += 1;
    const text = writeMessageText({
      text: draft.text,
      sent_at: draft.sentAt,
      parents: heads.of(conversation),
    });
    const body = sealMessage(messageKey, { origin: client, conversation, chain, index }, text);
    heads.follow(conversation, [chain, index]);
    desk.forget({ table: "draft", key: draft.message });
    outbox.add({
      kind: "message",
      message: draft.message,
      conversation,
      chain,
      index,
      recipients: [draft.to, account],
      clients: people.clientsOf(draft.to),
      body: encode(body),
    });
  }
}

/** Whether a text fits the largest class once it is sealed. */
export function fits(text: string, sentAt: number): boolean {
  try {
    const widest = [named<ChainId>("A".repeat(43)), INDEX_MAX] as const;
    const parents = Array.from({ length: PARENTS_MAX }, () => widest);
    writeMessageText({ text, sent_at: sentAt, parents });
    return true;
  } catch {
    return false;
  }
}
