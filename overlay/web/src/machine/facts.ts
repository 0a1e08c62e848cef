/** The closed set of facts that a client states about itself and its people: what the page shows. */

import type { AccountId, Address, ChainId, ClientId, MessageId, NodeId } from "../protocol/ids";
import type { Entry } from "./state/history";
import type { PersonView } from "./requests";

/** The ladder of a message. `stalled` may be followed by any other, `failed` by none. */
export type Step = "accepted" | "delivered" | "stalled" | "failed";

export type Fact =
  /** A home serves this client now. */
  | {
      readonly type: "Attached";
      readonly home: NodeId;
      readonly homeName: string | null;
      readonly address: Address;
      readonly incarnation: number;
    }
  /** No home serves this client; it dials the next one by itself unless `isFinal`. */
  | { readonly type: "Detached"; readonly reason: string; readonly isFinal: boolean }
  /** A node said no to the handshake or to the attach. */
  | {
      readonly type: "AttachRefused";
      readonly address: Address;
      readonly code: string;
      readonly detail: string;
    }
  /** A sealed message, opened and durable. Each (chain, index) is told once, ever. */
  | {
      readonly type: "MessageArrived";
      readonly origin: ClientId;
      readonly chain: ChainId;
      readonly index: number;
      readonly person: AccountId;
      readonly isOwn: boolean;
      readonly entry: Entry;
    }
  /** A public message on a channel that this client listens to; its signature verified. */
  | { readonly type: "ChannelMessageArrived"; readonly channel: string; readonly entry: Entry }
  /** A message of ours came to a step; `client` receipted it where it was delivered. */
  | {
      readonly type: "LadderStepped";
      readonly message: MessageId;
      readonly step: Step;
      readonly client: ClientId | null;
      readonly reason: string | null;
    }
  /** What we wrote stands in its chat now. */
  | { readonly type: "EntryAdded"; readonly entry: Entry }
  /** A watched person came, went, moved, or changed their name. */
  | { readonly type: "PersonChanged"; readonly person: PersonView }
  /** A person whom we know has other clients than before: to be shown loudly. */
  | {
      readonly type: "KeysChanged";
      readonly account: AccountId;
      readonly name: string;
      readonly added: readonly ClientId[];
      readonly removed: readonly ClientId[];
    }
  /** Something sealed to us that cannot be read. */
  | {
      readonly type: "MessageUnreadable";
      readonly origin: ClientId;
      readonly chain: ChainId;
      readonly index: number;
      readonly code: string;
    }
  /** A client of a person whom we know has a sealing key to which we cannot seal. */
  | {
      readonly type: "KeyUnusable";
      readonly account: AccountId;
      readonly name: string;
      readonly client: ClientId;
      readonly code: string;
    }
  /** Our home sent what does not verify, or has no place here. */
  | { readonly type: "HomeMisbehaved"; readonly code: string; readonly detail: string }
  /** The disk of this client said no. */
  | { readonly type: "ClientStoreFailed"; readonly reason: string };
