/** Every bound that the page keeps, with its unit and its reason. Protocol: docs/protocol.md, section 12. */

// Frames and fields: these are the protocol's, the same for every implementation.

/** One WebSocket message. */
export const FRAME_BYTES_MAX = 262_144;
/** Envelopes in one frame: as many as one batch signature covers. */
export const FRAME_ENVELOPES_MAX = 64;
/** Messages in one frame. */
export const FRAME_MESSAGES_MAX = 256;
/** JSON nesting that is told apart from what is merely malformed. */
export const FRAME_DEPTH_MAX = 200;
/** A display name. */
export const NAME_CHARACTERS_MAX = 64;
/** A URL where a node listens. */
export const ADDRESS_CHARACTERS_MAX = 256;
/** A channel's name. */
export const CHANNEL_CHARACTERS_MAX = 64;
/** The human half of a refusal. */
export const DETAIL_CHARACTERS_MAX = 300;
/** The text of a hello. */
export const HELLO_CHARACTERS_MAX = 4_096;
/** One signed text: half a frame. */
export const SIGNED_CHARACTERS_MAX = 131_072;
/** One signed record or key bundle. */
export const RECORD_CHARACTERS_MAX = 16_384;
/** A sealed body in base64url: the largest padding class plus its tag. */
export const BODY_CHARACTERS_MAX = 98_304;
/** What a person can write in one message, UTF-8. */
export const TEXT_BYTES_MAX = 32_768;
/** Accounts in one envelope. */
export const RECIPIENTS_MAX = 32;
/** Heads of a conversation that one message names. */
export const PARENTS_MAX = 8;
/** Chains in one receipt, and ranges of one chain. */
export const RECEIPT_RANGES_MAX = 64;
/** The highest index of a chain that the wire can say. */
export const INDEX_MAX = 2 ** 32;
/** Clients of one account, and revoked ones that it still lists. */
export const ACCOUNT_CLIENTS_MAX = 32;
/** Nodes that a client is told to resume at. */
export const HOMES_RANKED_MAX = 8;
/** People in one message. */
export const PEOPLE_PER_MESSAGE_MAX = 32;
/** Versions and suites that one hello may list. */
export const VERSIONS_MAX = 16;
/** The smallest and the largest padded text. */
export const PADDED_BYTES_MIN = 256;
export const PADDED_BYTES_MAX = 65_536;

// Signatures

/** Leaves under one signature. */
export const BATCH_LEAVES_MAX = 64;
/** Roots remembered as verified: a burst of messages from everyone one talks to. */
export const VERIFIED_ROOTS_MAX = 1_024;
/** Parsed public keys: checking one costs as much as a signature. */
export const VERIFY_KEYS_MAX = 4_096;

// Links

/** From dial to welcome. */
export const HANDSHAKE_MS = 5_000;
/** A dial that takes longer has failed. */
export const DIAL_MS = 5_000;
/** First wait before dialling the next node. */
export const REDIAL_FIRST_MS = 250;
/** Longest wait until all known nodes are dialled once more: somebody looks at the page meanwhile. */
export const REDIAL_MAX_MS = 10_000;
/** Part of a wait by which it varies, so that clients do not march in step. */
export const JITTER = 0.2;
/** Heartbeats missed before a link is given up. */
export const SILENT_HEARTBEATS = 3;
/** Heartbeats until a welcome says otherwise. */
export const HEARTBEAT_MS = 15_000;
/** Something that wants an answer was sent and nothing was heard for this long: ask, then move on. */
export const CLIENT_ASK_MS = 1_500;
/** When `busy` comes without a hint. */
export const BUSY_RETRY_MS = 250;
/** A node that has banned us is left alone for so long at most, or as long as it says. */
export const BANNED_RETRY_MS = 600_000;
/** A full mailbox is tried again after this. */
export const QUOTA_RETRY_MS = 30_000;
/** Frames, answers and stored tickets handled before frames are flushed. */
export const ROUND_EVENTS_MAX = 64;

// Requests

/** Requests under way at the home; more wait here. */
export const REQUESTS_MAX = 64;
/** A question to the directory is asked again after this: longer than a home looks for bundles. */
export const FIND_MS = 8_000;
/** Times that it is asked before the answer is "nobody". */
export const FINDS_MAX = 3;

// People

/** People whom the page remembers. */
export const PEOPLE_MAX = 20_000;

// Conversations

/** Messages that are kept until they are delivered. */
export const OUTBOX_ENTRIES_MAX = 10_000;
/** Messages sealed under one chain, then a new one starts. */
export const CHAIN_MESSAGES_MAX = 100;
/** And after an hour in any case. */
export const CHAIN_MS = 3_600_000;
/** Keys of messages that have not arrived yet, kept for one chain. */
export const CHAIN_SKIPPED_MAX = 2_048;
/** Chains of others that are kept: what is forgotten could be shown twice, so many. */
export const RECEIVING_CHAINS_MAX = 20_000;
/** Chains of one origin among them: one origin's flood forgets nobody else's. */
export const CHAINS_PER_ORIGIN_MAX = 512;
/** Chains of our own whose first key can still be asked for. */
export const SENT_CHAINS_MAX = 1_024;
/** A message without its chain's start asks for it after this, then in doubled waits. */
export const CHAIN_WANTED_MS = 2_000;
/** Times that it asks. */
export const CHAIN_WANTED_ASKS_MAX = 5;
/** Times that a start is sealed anew for one client because it did not have the key. */
export const RESEALS_MAX = 3;
/** Messages that wait for their chain's start. */
export const WAITING_MESSAGES_MAX = 4_096;
/** A message waits this long for a parent, then the gap is marked. */
export const PARENT_WAIT_MS = 5_000;

// Channels

/** Channels that one client listens to. */
export const CHANNELS_PER_CLIENT_MAX = 64;
/** Counters of one origin that can still arrive out of order. */
export const REPLAY_WINDOW = 2_048;
/** Origins whose windows are kept. */
export const REPLAY_ORIGINS_MAX = 1_024;
/** Public messages that wait for their sender's account record. */
export const CHANNEL_WAITING_MAX = 256;

// The page

/** Messages that stay readable after a reload, all chats together. */
export const HISTORY_ENTRIES_MAX = 5_000;
/** Notices on the screen at once. */
export const NOTICES_MAX = 4;
