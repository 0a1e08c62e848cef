/** Our statements on their way to a signature: one for up to 64 of them. docs/protocol.md, section 3.2. */

import { BATCH_LEAVES_MAX } from "../../limits";
import { leafHash, makeBatch, rootBytes } from "../../protocol/batches";
import { encode } from "../../protocol/encoding";
import { named, type LeafHash } from "../../protocol/ids";
import type { Signed } from "../../protocol/signed";
import { writeText, type Kind, type Statement } from "../../protocol/texts";
import type { OurKey } from "../effects";
import type { Desk } from "./desk";
import type { Standing } from "./standing";

interface Unsigned {
  readonly kind: Kind;
  readonly signer: string;
  readonly text: string;
  readonly leaf: Uint8Array;
  readonly then: (signed: Signed) => void;
}

const SALT_BYTES = 16;

/** Gathers statements in a round; the end of the round has them signed together. */
export class Signing {
  private readonly desk: Desk;
  private readonly standing: Standing;
  private readonly unsigned: Record<OurKey, Unsigned[]> = { client: [], account: [] };

  constructor(desk: Desk, standing: Standing) {
    this.desk = desk;
    this.standing = standing;
  }

  get hasUnsigned(): boolean {
    return this.unsigned.client.length + this.unsigned.account.length > 0;
  }

  /** Writes a statement; `then` gets it signed. Its leaf hash is known at once. */
  state<Some extends Kind>(
    key: OurKey,
    kind: Some,
    statement: Statement<Some>,
    then: (signed: Signed) => void,
  ): LeafHash {
    const { client, account } = this.standing.identity;
    const signer = key === "client" ? client : account;
    const text = writeText(kind, signer, encode(this.desk.random.bytes(SALT_BYTES)), statement);
    const leaf = leafHash(this.standing.network, kind, signer, text);
    this.unsigned[key].push({ kind, signer, text, leaf, then });
    return named(encode(leaf));
  }

  /** The end of a round. */
  flush(): void {
    for (const key of ["account", "client"] as const) {
      const waiting = this.unsigned[key];
      for (let start = 0; start < waiting.length; start += BATCH_LEAVES_MAX) {
        this.signBatch(key, waiting.slice(start, start + BATCH_LEAVES_MAX));
      }
      this.unsigned[key] = [];
    }
  }

  private signBatch(key: OurKey, batch: readonly Unsigned[]): void {
    const { root, paths } = makeBatch(batch.map(({ leaf }) => leaf));
    this.desk.sign(key, rootBytes(this.standing.network, root), (bytes) => {
      const signature = encode(bytes);
      batch.forEach(({ kind, signer, text, then }, index) => {
        const path = (paths[index] ?? []).map(encode);
        then({ kind, signer, signed: text, signature, index, path });
      });
    });
  }
}
