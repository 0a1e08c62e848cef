/** The link that we have now: dialled, introduced, serving, and given up. docs/protocol.md, sections 1, 2 and 8. */

import { BANNED_RETRY_MS } from "../limits";
import { decodeFrame } from "../protocol/codec";
import { RemoteError } from "../protocol/errors";
import type { Address } from "../protocol/ids";
import type { PublicKeys } from "../protocol/keys";
import type { Incoming, IncomingOf } from "../protocol/messages";
import { dispatchEnvelope } from "./delivery";
import type { LinkId } from "./events";
import type { LookUps } from "./look_ups";
import type { Parts } from "./assembly";
import { Session } from "./parts/session";
import type { Desk } from "./state/desk";
import { Link } from "./state/link";

/** The other end said that another link of ours took the place of this one. */
const REPLACED = "duplicate_link";

/** The node's operator wants nothing to do with us. */
const BANNED = "banned";

type HandshakeType = "hello" | "proof" | "welcome" | "refusal";

export class Connection {
  private readonly desk: Desk;
  private readonly parts: Parts;
  private readonly keys: PublicKeys;
  private readonly lookUps: LookUps;
  private session: Session | null = null;

  constructor(desk: Desk, parts: Parts, keys: PublicKeys, lookUps: LookUps) {
    this.desk = desk;
    this.parts = parts;
    this.keys = keys;
    this.lookUps = lookUps;
  }

  /** Whether the end of this round has something to send. */
  get hasOutgoing(): boolean {
    return this.session?.link.hasOutgoing === true;
  }

  nextDeadlineMs(): number {
    const { session } = this;
    if (session === null) return Infinity;
    return Math.min(session.nextDeadlineMs(), session.link.nextDeadlineMs());
  }

  onWake(): void {
    const { session } = this;
    const { nowMs } = this.desk;
    if (session?.link.isSilent(nowMs) === true) {
      this.close("stalled");
      this.lose("silent");
    } else if (session !== null && session.nextDeadlineMs() <= nowMs) {
      this.giveUp("handshake_timeout", "the handshake did not end in its time");
    }
  }

  onLinkOpened(id: LinkId, dialled: Address): void {
    const to = this.parts.dialling.opened(dialled);
    if (to === null) {
      this.desk.do({ type: "CloseLink", link: id, code: "stopped" });
      return;
    }
    const { standing, credentials, uplink, dialling } = this.parts;
    const link = new Link(id, dialled, this.desk.nowMs, this.desk.random);
    uplink.opened(link);
    this.session = new Session(link, to.node, {
      desk: this.desk,
      standing,
      credentials,
      keys: this.keys,
      uplink,
      onHomes: (homes) => {
        dialling.learn(homes);
      },
      onAttached: () => {
        this.onAttached();
      },
      onOldIncarnation: (seen) => {
        this.renew(seen);
      },
      onRefused: (code, detail, retryAfterMs) => {
        this.turnedAway(code, detail, retryAfterMs);
      },
    });
  }

  onFrame(link: LinkId, data: string | null): void {
    const { session } = this;
    if (session?.link.id !== link) return;
    session.link.heard(this.desk.nowMs);
    try {
      for (const message of decodeFrame(data)) {
        if (session !== this.session) return;
        this.onMessage(session, message);
      }
    } catch (error) {
      if (!(error instanceof RemoteError)) throw error;
      session.link.put({ type: "refusal", code: error.code, detail: error.message });
      this.giveUp(error.code, error.message);
    }
  }

  /** This node will not have us: go to others, and come again no sooner than it says. */
  private turnedAway(code: string, detail: string, retryAfterMs: number | null): void {
    const { session } = this;
    if (session === null) return;
    const { address } = session.link;
    if (retryAfterMs !== null || code === BANNED) {
      const waitMs = Math.min(retryAfterMs ?? BANNED_RETRY_MS, BANNED_RETRY_MS);
      this.parts.dialling.avoid(address, this.desk.nowMs + waitMs);
    }
    if (!session.isAttached) {
      this.giveUp(code, detail);
      return;
    }
    this.close(code);
    this.lose(code);
    this.desk.report({ type: "AttachRefused", address, code, detail });
  }

  /** This node is no use: say so, and go to the next. */
  private giveUp(code: string, detail: string): void {
    const { session } = this;
    if (session === null) return;
    const { address } = session.link;
    if (session.isAttached) this.desk.report({ type: "HomeMisbehaved", code, detail });
    else this.desk.report({ type: "AttachRefused", address, code, detail });
    this.close(code);
    this.lose(code);
  }

  onLinkClosed(link: LinkId, reason: string): void {
    if (link === this.session?.link.id) this.lose(reason || "closed");
  }

  /** The page goes away: the slot is emptied at once. */
  stop(): void {
    if (this.session?.isAttached === true) this.session.link.put({ type: "detach" });
    this.close("stopped");
    this.parts.dialling.rest();
    this.session?.end();
    this.session = null;
    this.parts.uplink.lost();
  }

  /** The end of a round: everything for this link leaves, as few frames. */
  flush(): void {
    const link = this.session?.link;
    if (link === undefined) return;
    for (const data of link.flush(this.desk.nowMs)) {
      this.desk.do({ type: "Send", link: link.id, data });
    }
  }

  private close(code: string): void {
    if (this.session === null) return;
    this.flush();
    this.desk.do({ type: "CloseLink", link: this.session.link.id, code });
  }

  /** The link is over: everything on it goes to the next home, unless another client took our place. */
  private lose(reason: string): void {
    const { session } = this;
    if (session === null) return;
    const { uplink, outbox, channels, dialling } = this.parts;
    const isFinal = reason === REPLACED && session.isAttached;
    if (session.isAttached) this.desk.report({ type: "Detached", reason, isFinal });
    session.end();
    this.session = null;
    uplink.lost();
    outbox.onLost();
    channels.onLost();
    if (isFinal) dialling.rest();
    else dialling.next();
  }

  /** Another disk used our name above what we know: begin above it, and dial again. */
  private renew(seen: number): void {
    this.close("old_incarnation");
    this.lose("old_incarnation");
    const { dialling, standing } = this.parts;
    dialling.rest();
    standing.raise(seen, () => {
      dialling.next();
    });
  }

  private onAttached(): void {
    const { session } = this;
    if (session === null) return;
    const { standing, uplink, dialling, people, outbox, sending, channels } = this.parts;
    uplink.attach();
    dialling.attached();
    this.desk.report({
      type: "Attached",
      home: session.home,
      homeName: dialling.nameOf(session.home),
      address: session.link.address,
      incarnation: standing.incarnation,
    });
    people.beginAnswer();
    uplink.ask({ type: "watch", accounts: null }, ({ type }) => {
      if (type === "done") people.endAnswer();
    });
    outbox.onAttached();
    channels.onAttached();
    sending.onAttached();
  }

  private onMessage(session: Session, message: Incoming): void {
    if (message.type === "hello") session.onHello(message);
    else if (message.type === "proof") session.onProof(message);
    else if (message.type === "welcome") session.onWelcome(message);
    else if (message.type === "refusal") this.onRefusal(session, message);
    else if (session.isWelcomed) this.onHomeMessage(session, message);
    else throw new RemoteError("unexpected", `${message.type} before the welcome`);
  }

  private onHomeMessage(
    { link }: Session,
    message: Exclude<Incoming, { type: HandshakeType }>,
  ): void {
    const { dialling, uplink, outbox } = this.parts;
    switch (message.type) {
      case "heartbeat":
        if (message.wants_echo) link.put({ type: "heartbeat" });
        return;
      case "ack":
        link.acked(message.number);
        return;
      case "homes":
        dialling.learn(message.homes);
        return;
      case "goodbye":
        dialling.learn(message.homes);
        this.close("orderly");
        this.lose("stopping");
        return;
      case "done":
        uplink.onDone(message.request);
        return;
      case "found":
        uplink.onFound(message.request, message.people, message.is_last);
        return;
      case "people":
        this.lookUps.learn(message.people);
        return;
      case "stalled":
        outbox.onStalled(message.counter, message.reason);
        return;
      case "deliver":
        this.onDeliver(link, message);
        return;
    }
  }

  private onRefusal(session: Session, message: IncomingOf<"refusal">): void {
    const { code, detail, number, request, retry_after_ms: retryAfterMs } = message;
    if (number !== null) session.link.refused(number, code, retryAfterMs);
    else if (request !== null) this.parts.uplink.onRefused(request, code, detail, retryAfterMs);
    else if (!session.isAttached || code === BANNED) this.turnedAway(code, detail, retryAfterMs);
  }

  private onDeliver(link: Link, { number, envelope, keeper }: IncomingOf<"deliver">): void {
    link.received(number);
    try {
      dispatchEnvelope(this.parts, this.lookUps.reader, envelope, keeper);
    } catch (error) {
      if (!(error instanceof RemoteError)) throw error;
      const { code, message: detail } = error;
      // In what suite somebody seals is not the home's doing, and the reader has told it.
      if (code !== "unknown_suite") this.desk.report({ type: "HomeMisbehaved", code, detail });
      link.put({ type: "refusal", code, detail, number });
    }
  }
}
