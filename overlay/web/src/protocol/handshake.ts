/**
 * Proving to a node who we are, and learning that it is what it says. docs/protocol.md, sections 2.1 to 2.3.
 *
 *     listener                      dialler (this page, always)
 *     hello           ──────────▶
 *                     ◀──────────   hello, proof
 *     proof           ──────────▶
 *     welcome         ──────────▶
 */

import { VERSIONS_MAX } from "../limits";
import { SUITE } from "./chains";
import { decode, encode, lengthPrefixed } from "./encoding";
import { RemoteError } from "./errors";
import { named, type ClientId, type NodeId } from "./ids";
import type { PublicKeys } from "./keys";
import type { Random } from "./random";
import {
  COUNT,
  HASH,
  LABEL,
  NUMBER,
  base64url,
  oneOf,
  open,
  parseJson,
  several,
  text,
  type ReadBy,
} from "./schema";

const VERSION = 1;
/** A browser cannot see the certificate of a link. */
const NO_CERTIFICATE = "none";

const INTRODUCTION = open({
  versions: several(NUMBER, VERSIONS_MAX, 1),
  suites: several(text(100), VERSIONS_MAX),
  role: oneOf("node", "client"),
  end: oneOf("dialler", "listener"),
  key: base64url<NodeId>(32),
  incarnation: COUNT,
  network: LABEL,
  admission: oneOf("listed", "open"),
  challenge: HASH,
  software: text(100),
});

export type Introduction = ReadBy<typeof INTRODUCTION>;
export type Admission = Introduction["admission"];

/** What our hello says. Network and admission are null until the first node that we meet. */
export interface Ourselves {
  readonly client: ClientId;
  readonly incarnation: number;
  readonly network: string | null;
  readonly admission: Admission | null;
  readonly software: string;
}

/** One link's handshake, from the dialler's end. Every error is a `RemoteError` that ends the link. */
export class Handshake {
  private readonly ourselves: Ourselves;
  private readonly keys: PublicKeys;
  private readonly expectedNode: NodeId | null;
  private ourText = "";
  private theirText = "";
  private introduction: Introduction | null = null;

  constructor(ourselves: Ourselves, keys: PublicKeys, expectedNode: NodeId | null) {
    this.ourselves = ourselves;
    this.keys = keys;
    this.expectedNode = expectedNode;
  }

  /** Who the node says it is; to be believed once its proof has verified. */
  get their(): Introduction {
    if (this.introduction === null) throw new Error("no hello has come yet");
    return this.introduction;
  }

  /** Our own hello's text, and the transcript that our proof signs. */
  onHello(theirText: string, random: Random): { text: string; transcript: Uint8Array } {
    if (this.introduction !== null) throw new RemoteError("unexpected", "a second hello");
    const their = INTRODUCTION(parseJson(theirText), "hello");
    this.compare(their);
    this.introduction = their;
    this.theirText = theirText;
    this.ourText = this.writeOurs(their, random);
    return { text: this.ourText, transcript: this.transcript("dialler", NO_CERTIFICATE) };
  }

  /** Returns once the node has proved its key over both hellos; raises `wrong_proof`. */
  onProof(certificate: string, signature: string): void {
    const transcript = this.transcript("listener", certificate);
    try {
      this.keys.verify(this.their.key, transcript, decode(signature, 64));
    } catch {
      throw new RemoteError("wrong_proof", "the signature over both hellos does not verify");
    }
  }

  private writeOurs(their: Introduction, random: Random): string {
    const { client, incarnation, network, admission, software } = this.ourselves;
    return JSON.stringify({
      versions: [VERSION],
      suites: [SUITE],
      role: "client",
      end: "dialler",
      key: client,
      incarnation,
      network: network ?? their.network,
      admission: admission ?? their.admission,
      challenge: encode(random.bytes(32)),
      software,
    });
  }

  private transcript(end: "dialler" | "listener", certificate: string): Uint8Array {
    return lengthPrefixed("overlay/1/handshake", end, this.theirText, this.ourText, certificate);
  }

  private compare(their: Introduction): void {
    const { client, network, admission } = this.ourselves;
    if (!their.versions.includes(VERSION)) {
      throw new RemoteError("wrong_version", `we speak ${VERSION}, they ${their.versions.join()}`);
    }
    if (their.end !== "listener" || their.role !== "node") {
      throw new RemoteError("unexpected", "no node at the listening end");
    }
    if (network !== null && their.network !== network) {
      throw new RemoteError("wrong_network", `ours is ${network}, theirs ${their.network}`);
    }
    if (admission !== null && their.admission !== admission) {
      throw new RemoteError("wrong_admission", `ours is ${admission}, theirs ${their.admission}`);
    }
    this.keys.check(their.key);
    const isAnother = this.expectedNode !== null && their.key !== this.expectedNode;
    if (isAnother || named<NodeId>(client) === their.key) {
      throw new RemoteError("changed_key", "another key answers than the one expected");
    }
  }
}
