/** The chains of others that were opened, durable before anything of them is shown. docs/protocol.md, 9.3. */

import { CHAINS_PER_ORIGIN_MAX, RECEIVING_CHAINS_MAX } from "../../limits";
import { newReceivingChain, type ReceivingChain } from "../../protocol/chains";
import { decode, encode } from "../../protocol/encoding";
import type { AccountId, ChainId, ClientId, ConversationId } from "../../protocol/ids";
import { row, rowsOf, type Row } from "../rows";
import type { Desk } from "./desk";

export interface KnownChain {
  readonly chain: ChainId;
  readonly conversation: ConversationId;
  readonly origin: ClientId;
  /** The account of the origin. */
  readonly account: AccountId;
  /** The other account of the conversation, seen from us. */
  readonly person: AccountId;
  /** Rises: what is forgotten first. */
  readonly sequence: number;
  readonly state: ReceivingChain;
}

type Stored = Omit<KnownChain, "state"> & {
  readonly key: string;
  readonly nextIndex: number;
  readonly skipped: readonly (readonly [number, string])[];
};

export class KnownChains {
  private readonly desk: Desk;
  private readonly chains = new Map<ChainId, KnownChain>();
  private lastSequence = 0;

  constructor(desk: Desk, rows: readonly Row[]) {
    this.desk = desk;
    const stored = rowsOf<Stored>(rows, "chain").map(({ value }) => value);
    for (const each of stored.sort((a, b) => a.sequence - b.sequence)) {
      this.chains.set(each.chain, read(each));
      this.lastSequence = Math.max(this.lastSequence, each.sequence);
    }
  }

  get(chain: ChainId): KnownChain | null {
    return this.chains.get(chain) ?? null;
  }

  /** A chain that a start opened; durable with the end of this round. */
  add(opened: Omit<KnownChain, "sequence" | "state">, firstKey: Uint8Array): void {
    this.lastSequence += 1;
    const state = newReceivingChain(firstKey);
    this.put({ ...opened, sequence: this.lastSequence, state });
    this.trim(opened.origin);
  }

  /** The same chain after an index was opened. */
  put(chain: KnownChain): void {
    this.chains.set(chain.chain, chain);
    this.desk.persist(row("chain", chain.chain, write(chain)));
  }

  private trim(origin: ClientId): void {
    const same = [...this.chains.values()].filter((each) => each.origin === origin);
    if (same.length > CHAINS_PER_ORIGIN_MAX) this.forget(same[0]);
    if (this.chains.size > RECEIVING_CHAINS_MAX) this.forget(this.chains.values().next().value);
  }

  private forget(chain: KnownChain | undefined): void {
    if (chain === undefined) return;
    this.chains.delete(chain.chain);
    this.desk.forget({ table: "chain", key: chain.chain });
  }
}

function write({ state, ...rest }: KnownChain): Stored {
  const skipped = [...state.skipped].map(([index, key]) => [index, encode(key)] as const);
  return { ...rest, key: encode(state.key), nextIndex: state.nextIndex, skipped };
}

function read({ key, nextIndex, skipped, ...rest }: Stored): KnownChain {
  const keys = new Map(skipped.map(([index, each]) => [index, decode(each, 32)]));
  return { ...rest, state: { key: decode(key, 32), nextIndex, skipped: keys } };
}
