/** What a person can ask of their client, and the answers. */

import type { AccountId, ClientId, MessageId } from "../protocol/ids";

/** One reachable client of a person, and the name of the node it is attached to. */
export interface PresentClient {
  readonly client: ClientId;
  readonly homeName: string | null;
}

/** What the client knows of one person, all of it verified against the account's key. */
export interface PersonView {
  readonly account: AccountId;
  readonly name: string;
  readonly clients: readonly ClientId[];
  readonly present: readonly PresentClient[];
}

export const isOnline = (person: PersonView): boolean => person.present.length > 0;

/** Where a text stands: in the chat with one person, or on a channel. */
export type Place =
  | { readonly kind: "person"; readonly account: AccountId }
  | { readonly kind: "channel"; readonly channel: string };

export const placeKey = (place: Place): string =>
  place.kind === "person" ? `@${place.account}` : `#${place.channel}`;

export type Request =
  /** Send a sealed message to one person. Answered `Queued` once it is durable; then ladder facts. */
  | { readonly type: "Say"; readonly to: AccountId; readonly text: string; readonly sentAt: number }
  /** Send a public message to a channel. Answered `Queued`. */
  | {
      readonly type: "SayInChannel";
      readonly channel: string;
      readonly text: string;
      readonly sentAt: number;
    }
  /** Listen to a channel, also after resuming elsewhere. Answered `Carried`. */
  | { readonly type: "JoinChannel"; readonly channel: string }
  /** Stop listening. Answered `Carried`. */
  | { readonly type: "LeaveChannel"; readonly channel: string }
  /** Ask the directory: by id, or by name and optionally the node's name. */
  | { readonly type: "FindPeople"; readonly id: AccountId }
  | { readonly type: "FindPeople"; readonly name: string; readonly node?: string }
  /** Everything that stands at a place was seen. Answered `Carried`. */
  | { readonly type: "MarkRead"; readonly place: Place };

export type Reply =
  /** The message is durable in the client's outbox from now on. */
  | { readonly type: "Queued"; readonly message: MessageId }
  /** Who was found; may be empty, may be several of one name. */
  | { readonly type: "PeopleFound"; readonly people: readonly PersonView[] }
  | { readonly type: "Carried" }
  /** The client or its home said no, with a code of docs/protocol.md, section 11. */
  | { readonly type: "Declined"; readonly code: string; readonly detail: string };
