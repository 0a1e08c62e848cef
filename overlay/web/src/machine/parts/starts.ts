/** Opening the chains of others, and asking for what lacks. docs/protocol.md, sections 9.3 and 9.6. */

import { chainId, chainStartInfo, directConversation, SUITE } from "../../protocol/chains";
import { decode } from "../../protocol/encoding";
import { RemoteError } from "../../protocol/errors";
import type { AccountId, ChainId, ClientId, NodeId } from "../../protocol/ids";
import { readOpening, type ChainOpening } from "../../protocol/sealed";
import type { ChainStart } from "../../protocol/texts";
import type { Desk } from "../state/desk";
import type { KnownChains } from "../state/known_chains";
import type { Signing } from "../state/signing";
import type { Standing } from "../state/standing";
import type { Uplink } from "../state/uplink";
import type { People } from "./people";
import type { Receipts } from "./receipts";

export interface StartsAround {
  readonly desk: Desk;
  readonly standing: Standing;
  readonly signing: Signing;
  readonly uplink: Uplink;
  readonly people: People;
  readonly receipts: Receipts;
  readonly chains: KnownChains;
  readonly lookUp: (account: AccountId, then: () => void) => void;
  /** The chain is open and durable: what waited for it can be read. */
  readonly onOpened: (origin: ClientId, chain: ChainId) => void;
}

export class Starts {
  private readonly around: StartsAround;
  /** Chains that are being opened or stored: another copy of their start adds nothing. */
  private readonly opening = new Set<ChainId>();

  constructor(around: StartsAround) {
    this.around = around;
  }

  isOpening(chain: ChainId): boolean {
    return this.opening.has(chain);
  }

  /** Takes a verified chain start. Raises `mismatch` for what is not for us, `unknown_suite`. */
  onStart(start: ChainStart, keeper: NodeId | null): void {
    const { standing, chains, receipts } = this.around;
    const { signer, chain, suite } = start;
    if (start.recipients[0] !== standing.identity.client) {
      throw new RemoteError("mismatch", "a chain start for another client");
    }
    const known = chains.get(chain);
    if (this.opening.has(chain)) return;
    if (known !== null) {
      if (known.origin === signer) receipts.arrived(signer, keeper, chain, 0);
      return;
    }
    const isKnown = suite === SUITE;
    if (isKnown && start.key_id === standing.identity.sealingKeyId) this.open(start, keeper);
    // Whoever has us in mind with other software seals anew, too, to the key that we have now.
    else this.sayUnknownKey(start, keeper);
    if (isKnown) return;
    this.tell(start, "unknown_suite");
    throw new RemoteError("unknown_suite", `no suite ${suite} here`);
  }

  private open(start: ChainStart, keeper: NodeId | null): void {
    const { desk, standing } = this.around;
    const { signer, chain, conversation, key_id: keyId } = start;
    const { client } = standing.identity;
    const names = [conversation, chain, signer, client, keyId] as const;
    const info = chainStartInfo(standing.network, ...names);
    this.opening.add(chain);
    desk.unseal({ keyId, info, sealed: decode(start.body) }, (text) => {
      this.attempt(start, () => {
        if (text === null) throw new RemoteError("cannot_open", "the chain start does not open");
        const opening = readOpening(text);
        this.compare(start, opening);
        this.certify(start, opening, keeper, true);
      });
    });
  }

  private compare(start: ChainStart, opening: ChainOpening): void {
    const { standing } = this.around;
    const { account: ours } = standing.identity;
    const { account, to } = opening;
    const conversation = directConversation(standing.network, account, to);
    const key = decode(opening.key, 32);
    const isOfIt = chainId(standing.network, conversation, start.signer, key) === start.chain;
    const isOurs = account !== to && (account === ours || to === ours);
    if (!isOfIt || !isOurs || conversation !== start.conversation) {
      throw new RemoteError("mismatch", "a chain start that contradicts itself");
    }
  }

  /** The origin's account must list it: if ours is an older record, the directory has another. */
  private certify(
    start: ChainStart,
    opening: ChainOpening,
    keeper: NodeId | null,
    mayAsk: boolean,
  ): void {
    const { people, lookUp } = this.around;
    if (people.speaksFor(start.signer, opening.account) === true) {
      this.keep(start, opening, keeper);
    } else if (mayAsk) {
      lookUp(opening.account, () => {
        this.attempt(start, () => {
          this.certify(start, opening, keeper, false);
        });
      });
    } else {
      throw new RemoteError("not_certified", "the origin's account does not list it");
    }
  }

  private keep(start: ChainStart, opening: ChainOpening, keeper: NodeId | null): void {
    const { desk, standing, chains, receipts, onOpened } = this.around;
    const { chain, conversation, signer: origin } = start;
    const { account, to } = opening;
    const person = account === standing.identity.account ? to : account;
    chains.add({ chain, conversation, origin, account, person }, decode(opening.key, 32));
    desk.whenStored(() => {
      this.opening.delete(chain);
      receipts.arrived(origin, keeper, chain, 0);
      onOpened(origin, chain);
    });
  }

  private attempt(start: ChainStart, step: () => void): void {
    try {
      step();
    } catch (error) {
      if (!(error instanceof RemoteError)) throw error;
      this.opening.delete(start.chain);
      this.tell(start, error.code);
    }
  }

  private tell({ signer: origin, chain }: ChainStart, code: string): void {
    this.around.desk.report({ type: "MessageUnreadable", origin, chain, index: 0, code });
  }

  private sayUnknownKey({ signer, chain, key_id }: ChainStart, keeper: NodeId | null): void {
    const { standing, signing, uplink } = this.around;
    if (!uplink.isAttached) return;
    const { incarnation } = standing;
    const counter = standing.takeCounter();
    const words = { incarnation, counter, recipients: [signer] as const, chain, key_id };
    signing.state("client", "unknown_key", words, (envelope) => {
      uplink.submit({ envelope, keeper });
    });
  }
}
