/** What an attach shows of us: account record, key bundle, presence. docs/protocol.md, sections 5.2 and 8.1. */

import { SUITE } from "../../protocol/chains";
import type { LeafHash, NodeId } from "../../protocol/ids";
import type { Signed } from "../../protocol/signed";
import { leafOf } from "../../protocol/statements";
import { readText } from "../../protocol/texts";
import { row, rowsOf, type Row } from "../rows";
import type { Desk } from "../state/desk";
import type { Signing } from "../state/signing";
import type { Standing } from "../state/standing";

export interface Shown {
  readonly account: Signed;
  readonly bundle: Signed;
  readonly presence: Signed;
}

/** Account record and bundle are signed once and kept: what others have cached stays true. */
export class Credentials {
  private readonly desk: Desk;
  private readonly standing: Standing;
  private readonly signing: Signing;
  private account: Signed | null = null;
  private bundle: Signed | null = null;

  constructor(desk: Desk, standing: Standing, signing: Signing, rows: readonly Row[]) {
    this.desk = desk;
    this.standing = standing;
    this.signing = signing;
    const { account, client, sealingKeyId } = standing.identity;
    for (const { key, value } of rowsOf<Signed>(rows, "signed")) {
      if (key === "account" && value.signer === account) this.account = value;
      if (key !== "bundle" || value.signer !== client) continue;
      if (readText("bundle", value).key_id === sealingKeyId) this.bundle = value;
    }
  }

  /** Signs what is missing, and a presence at this home; `then` gets all of it. */
  show(home: NodeId, homeIncarnation: number, then: (shown: Shown) => void): void {
    const shown: { -readonly [Name in keyof Shown]?: Signed } = {};
    const have = (name: keyof Shown) => (signed: Signed) => {
      shown[name] = signed;
      const { account, bundle, presence } = shown;
      if (account && bundle && presence) then({ account, bundle, presence });
    };
    this.showAccount(have("account"));
    const bundle = this.showBundle(have("bundle"));
    const presence = {
      account: this.standing.identity.account,
      home,
      home_incarnation: homeIncarnation,
      incarnation: this.standing.incarnation,
      counter: this.standing.takeCounter(),
      bundle,
    };
    this.signing.state("client", "presence", presence, have("presence"));
  }

  private showAccount(then: (signed: Signed) => void): void {
    if (this.account !== null) {
      then(this.account);
      return;
    }
    const { client, name } = this.standing.identity;
    const record = { version: 1, name, clients: [client], revoked: [], previous: null };
    this.signing.state("account", "account", record, (signed) => {
      this.account = signed;
      this.desk.persist(row("signed", "account", signed));
      then(signed);
    });
  }

  private showBundle(then: (signed: Signed) => void): LeafHash {
    if (this.bundle !== null) {
      then(this.bundle);
      const { kind, signer, signed } = this.bundle;
      return leafOf(this.standing.network, kind, signer, signed);
    }
    const { account, sealingKey, sealingKeyId } = this.standing.identity;
    const bundle = { account, suite: SUITE, key_id: sealingKeyId, key: sealingKey };
    return this.signing.state("client", "bundle", bundle, (signed) => {
      this.bundle = signed;
      this.desk.persist(row("signed", "bundle", signed));
      then(signed);
    });
  }
}
