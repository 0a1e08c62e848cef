/** The closed set of what a client machine wants done, in order. */

import type { Address, KeyId } from "../protocol/ids";
import type { LinkId, Ticket } from "./events";
import type { Fact } from "./facts";
import type { Reply } from "./requests";
import type { Row, RowKey } from "./rows";

/** Which of our two keys signs: the client's own, or the account's, which certifies clients. */
export type OurKey = "client" | "account";

export type Effect =
  /** Put one frame into a link's outbox. Never waits. */
  | { readonly type: "Send"; readonly link: LinkId; readonly data: string }
  /** Write what the outbox holds, then close with `code` as the reason. */
  | { readonly type: "CloseLink"; readonly link: LinkId; readonly code: string }
  /** Open a link. Comes back as `LinkOpened` or `DialFailed`. */
  | { readonly type: "Dial"; readonly address: Address }
  /** Make rows durable and forget others, all together; comes back as `Stored` or `StoreFailed`. */
  | {
      readonly type: "Persist";
      readonly rows: readonly Row[];
      readonly forget: readonly RowKey[];
      readonly ticket: Ticket;
    }
  /** Sign `bytes`, which is a batch's root or a handshake; gives `Signed`. */
  | {
      readonly type: "Sign";
      readonly ticket: Ticket;
      readonly key: OurKey;
      readonly bytes: Uint8Array;
    }
  /** Seal to the public sealing key `key` with HPKE; gives `Sealed` or `SealFailed`. */
  | {
      readonly type: "Seal";
      readonly ticket: Ticket;
      readonly key: Uint8Array;
      readonly info: Uint8Array;
      readonly text: Uint8Array;
    }
  /** Open with our sealing key of that name, whose secret the machine never sees; gives `Opened`. */
  | {
      readonly type: "Open";
      readonly ticket: Ticket;
      readonly keyId: KeyId;
      readonly info: Uint8Array;
      readonly sealed: Uint8Array;
    }
  /** The answer to `Asked(ticket, …)`. */
  | { readonly type: "Answer"; readonly ticket: Ticket; readonly reply: Reply }
  | { readonly type: "Report"; readonly fact: Fact };
