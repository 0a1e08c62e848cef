/** Telling origins what is durable here, in batches. docs/protocol.md, section 7.5. */

import { RECEIPT_RANGES_MAX } from "../../limits";
import { named, type ChainId, type ClientId, type NodeId } from "../../protocol/ids";
import type { ChainRanges } from "../../protocol/texts";
import type { Signing } from "../state/signing";
import type { Standing } from "../state/standing";
import type { Uplink } from "../state/uplink";

interface Due {
  readonly origin: ClientId;
  readonly keeper: NodeId | null;
  readonly indices: Map<ChainId, Set<number>>;
}

/**
 * Gathers what arrived in a round. Nobody keeps a receipt, and neither do we:
 * whoever did not get one sends the message again, and it is receipted again.
 */
export class Receipts {
  private readonly standing: Standing;
  private readonly signing: Signing;
  private readonly uplink: Uplink;
  private readonly due = new Map<string, Due>();

  constructor(parts: { standing: Standing; signing: Signing; uplink: Uplink }) {
    this.standing = parts.standing;
    this.signing = parts.signing;
    this.uplink = parts.uplink;
  }

  get hasDue(): boolean {
    return this.due.size > 0;
  }

  arrived(origin: ClientId, keeper: NodeId | null, chain: ChainId, index: number): void {
    const key = `${origin} ${keeper ?? ""}`;
    const due = this.due.get(key) ?? { origin, keeper, indices: new Map<ChainId, Set<number>>() };
    const indices = due.indices.get(chain) ?? new Set();
    this.due.set(key, due);
    due.indices.set(chain, indices.add(index));
  }

  /** The end of a round. */
  flush(): void {
    for (const { origin, keeper, indices } of this.due.values()) {
      const arrived = [...indices].flatMap(([chain, each]) => rangesOf(chain, [...each]));
      for (let start = 0; start < arrived.length; start += RECEIPT_RANGES_MAX) {
        this.send(origin, keeper, arrived.slice(start, start + RECEIPT_RANGES_MAX));
      }
    }
    this.due.clear();
  }

  private send(origin: ClientId, keeper: NodeId | null, arrived: readonly ChainRanges[]): void {
    if (!this.uplink.isAttached) return;
    const receipt = {
      incarnation: this.standing.incarnation,
      counter: this.standing.takeCounter(),
      recipients: [origin] as const,
      arrived,
      sealing_key: null,
    };
    this.signing.state("client", "receipt", receipt, (envelope) => {
      this.uplink.submit({ envelope, keeper });
    });
  }
}

/** The indices of one chain as rising ranges, in pieces that fit a receipt. */
export function rangesOf(chain: ChainId, indices: number[]): ChainRanges[] {
  const ranges: [number, number][] = [];
  for (const index of indices.sort((a, b) => a - b)) {
    const last = ranges.at(-1);
    if (last?.[1] === index - 1) last[1] = index;
    else ranges.push([index, index]);
  }
  const pieces = Math.ceil(ranges.length / RECEIPT_RANGES_MAX);
  return Array.from({ length: pieces }, (_, piece) => ({
    chain: named(chain),
    ranges: ranges.slice(piece * RECEIPT_RANGES_MAX, (piece + 1) * RECEIPT_RANGES_MAX),
  }));
}
