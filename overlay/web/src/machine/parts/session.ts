/** One link from its opening until a home serves us over it. docs/protocol.md, sections 2 and 8.1. */

import { HANDSHAKE_MS } from "../../limits";
import { encode } from "../../protocol/encoding";
import { RemoteError } from "../../protocol/errors";
import { Handshake } from "../../protocol/handshake";
import type { NodeId } from "../../protocol/ids";
import type { PublicKeys } from "../../protocol/keys";
import type { IncomingOf } from "../../protocol/messages";
import { StatementReader } from "../../protocol/statements";
import type { Desk } from "../state/desk";
import type { Link } from "../state/link";
import type { Standing } from "../state/standing";
import type { Uplink } from "../state/uplink";
import type { Credentials } from "./credentials";

type Phase = "hello" | "signing" | "proof" | "welcome" | "attaching" | "attached" | "over";

/** What a session needs, and whom it tells. */
export interface Surroundings {
  readonly desk: Desk;
  readonly standing: Standing;
  readonly credentials: Credentials;
  readonly keys: PublicKeys;
  readonly uplink: Uplink;
  readonly onHomes: (homes: IncomingOf<"homes">["homes"]) => void;
  readonly onAttached: () => void;
  /** Another disk, or a lost one, used a higher incarnation than ours. */
  readonly onOldIncarnation: (seen: number) => void;
  readonly onRefused: (code: string, detail: string, retryAfterMs: number | null) => void;
}

export class Session {
  readonly link: Link;
  private readonly around: Surroundings;
  private readonly handshake: Handshake;
  private readonly deadlineMs: number;
  private phase: Phase = "hello";

  constructor(link: Link, expectedNode: NodeId | null, around: Surroundings) {
    this.link = link;
    this.around = around;
    const { standing, keys, desk } = around;
    const ourselves = {
      client: standing.identity.client,
      incarnation: standing.incarnation,
      network: standing.knownNetwork,
      admission: standing.admission,
      software: standing.identity.software,
    };
    this.handshake = new Handshake(ourselves, keys, expectedNode);
    this.deadlineMs = desk.nowMs + HANDSHAKE_MS;
  }

  get isAttached(): boolean {
    return this.phase === "attached";
  }

  /** Whether both proofs have verified and the node has said what it takes. */
  get isWelcomed(): boolean {
    return this.phase === "attaching" || this.phase === "attached";
  }

  /** The node at the other end; to be asked once it has proved itself. */
  get home(): NodeId {
    return this.handshake.their.key;
  }

  end(): void {
    this.phase = "over";
  }

  /** When the handshake has to be over; Infinity once we are attached. */
  nextDeadlineMs(): number {
    return this.phase === "attached" || this.phase === "over" ? Infinity : this.deadlineMs;
  }

  onHello({ text }: IncomingOf<"hello">): void {
    this.expect("hello");
    const { desk } = this.around;
    const ours = this.handshake.onHello(text, desk.random);
    this.phase = "signing";
    desk.sign("client", ours.transcript, (signature) => {
      if (this.phase !== "signing") return;
      this.phase = "proof";
      this.link.put({ type: "hello", text: ours.text });
      this.link.put({ type: "proof", certificate: "none", signature: encode(signature) });
    });
  }

  onProof({ certificate, signature }: IncomingOf<"proof">): void {
    this.expect("proof");
    this.handshake.onProof(certificate, signature);
    const { network, admission } = this.handshake.their;
    this.around.standing.learnNetwork(network, admission);
    this.phase = "welcome";
  }

  onWelcome({ version, limits, record, homes }: IncomingOf<"welcome">): void {
    this.expect("welcome");
    if (version !== 1) throw new RemoteError("wrong_version", `version ${version} was not offered`);
    this.link.welcomed(limits);
    this.around.onHomes(homes);
    const seen = record === null ? null : this.incarnationAbove(record);
    if (seen === null) this.attach();
    else this.around.onOldIncarnation(seen);
  }

  /** Asks to be served, or, on a link that is attached already, renews that. */
  private attach(): void {
    this.phase = "attaching";
    const { credentials, uplink } = this.around;
    const { key, incarnation } = this.handshake.their;
    credentials.show(key, incarnation, (shown) => {
      if (this.phase !== "attaching") return;
      uplink.ask({ type: "attach", ...shown }, (outcome) => {
        if (outcome.type === "done") this.attached();
        else if (outcome.type === "refused") {
          this.refused(outcome.code, outcome.detail, outcome.retryAfterMs);
        }
      });
    });
  }

  private attached(): void {
    this.phase = "attached";
    this.around.onAttached();
  }

  private refused(code: string, detail: string, retryAfterMs: number | null): void {
    const { standing, onOldIncarnation, onRefused } = this.around;
    if (code === "old_incarnation") onOldIncarnation(standing.incarnation);
    else onRefused(code, detail, retryAfterMs);
  }

  /** The incarnation of a valid presence of ours that is above what we have used; else null. */
  private incarnationAbove(record: NonNullable<IncomingOf<"welcome">["record"]>): number | null {
    const { standing, keys } = this.around;
    if (record.signer !== standing.identity.client) return null;
    const { value } = new StatementReader(standing.network, keys).read("presence", record);
    const isAbove =
      value.incarnation > standing.incarnation ||
      (value.incarnation === standing.incarnation && value.counter > standing.lastCounter);
    return isAbove ? value.incarnation : null;
  }

  private expect(phase: Phase): void {
    if (this.phase !== phase) throw new RemoteError("unexpected", "out of place in the handshake");
  }
}
