/** What we are to the overlay: our keys' ids, our network, our incarnation and its counter. */

import type { Admission } from "../../protocol/handshake";
import { SUITE } from "../../protocol/chains";
import type { AccountId, ClientId, KeyId } from "../../protocol/ids";
import { row, rowsOf, type Row } from "../rows";
import type { Desk } from "./desk";

/** The public half of an identity. The secret half never enters the machine. */
export interface Identity {
  readonly client: ClientId;
  readonly account: AccountId;
  readonly name: string;
  /** 1,216 bytes, base64url. */
  readonly sealingKey: string;
  readonly sealingKeyId: KeyId;
  readonly software: string;
}

interface Durable {
  readonly incarnation: number;
  readonly network: string | null;
  readonly admission: Admission | null;
}

export const suites: readonly string[] = [SUITE];

/** Our incarnation is durable before it is first used; each of its counters is used once. */
export class Standing {
  readonly identity: Identity;
  private readonly desk: Desk;
  private durable: Durable;
  private counter = 0;
  private usable = false;

  constructor(identity: Identity, desk: Desk, rows: readonly Row[]) {
    this.identity = identity;
    this.desk = desk;
    const [stored] = rowsOf<Durable>(rows, "client");
    this.durable = stored?.value ?? { incarnation: 0, network: null, admission: null };
  }

  /** Whether the incarnation may be used: it is on the disk. */
  get isUsable(): boolean {
    return this.usable;
  }

  get incarnation(): number {
    return this.durable.incarnation;
  }

  get lastCounter(): number {
    return this.counter;
  }

  get admission(): Admission | null {
    return this.durable.admission;
  }

  get knownNetwork(): string | null {
    return this.durable.network;
  }

  /** The network, once the first node has told it: nothing is signed before. */
  get network(): string {
    if (this.durable.network === null) throw new Error("no node has told the network yet");
    return this.durable.network;
  }

  /** Begins an incarnation above ours and above `seen`. `then` is called when it is durable. */
  raise(seen: number, then: () => void): void {
    this.usable = false;
    this.counter = 0;
    this.store({ ...this.durable, incarnation: Math.max(this.durable.incarnation, seen) + 1 });
    this.desk.whenStored(() => {
      this.usable = true;
      then();
    });
  }

  /** Keeps the network of the first node that we ever meet. */
  learnNetwork(network: string, admission: Admission): void {
    if (this.durable.network === null) this.store({ ...this.durable, network, admission });
  }

  takeCounter(): number {
    this.counter += 1;
    return this.counter;
  }

  private store(durable: Durable): void {
    this.durable = durable;
    this.desk.persist(row("client", "standing", durable));
  }
}
