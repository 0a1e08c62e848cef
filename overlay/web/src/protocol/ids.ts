/** The distinct types of ids, so that the checker tells them apart. All are unpadded base64url text. */

declare const brand: unique symbol;
type Named<Name extends string> = string & { readonly [brand]: Name };

export type NodeId = Named<"node">;
export type ClientId = Named<"client">;
export type AccountId = Named<"account">;
export type LeafHash = Named<"leaf">;
export type ConversationId = Named<"conversation">;
export type ChainId = Named<"chain">;
export type KeyId = Named<"key">;
/** Names a message on the client that wrote it: 16 random bytes. */
export type MessageId = Named<"message">;
/** Where a node listens: `ws://host:port/overlay`. */
export type Address = Named<"address">;

/** Gives a text its name. For the places where ids are made or have just been checked, and for no other. */
// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- naming is the point
export const named = <Id extends string>(text: string): Id => text as Id;
