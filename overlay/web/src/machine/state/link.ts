/** What one link has to say and what it heard: frames, numbers, acks, credit, heartbeats. Section 1. */

import {
  CLIENT_ASK_MS,
  FRAME_BYTES_MAX,
  FRAME_ENVELOPES_MAX,
  FRAME_MESSAGES_MAX,
  HEARTBEAT_MS,
  JITTER,
  SILENT_HEARTBEATS,
} from "../../limits";
import { bytesOf, encodeMessage, joinFrame } from "../../protocol/codec";
import { RemoteError } from "../../protocol/errors";
import type { Address, NodeId } from "../../protocol/ids";
import type { LinkLimits, Outgoing } from "../../protocol/messages";
import type { Random } from "../../protocol/random";
import type { Signed } from "../../protocol/signed";
import type { LinkId } from "../events";

/** An envelope for our home, and what to do when it answers. */
export interface Submission {
  readonly envelope: Signed;
  readonly keeper: NodeId | null;
  readonly onAcked?: () => void;
  readonly onRefused?: (code: string, retryAfterMs: number | null) => void;
}

interface Encoded {
  readonly text: string;
  readonly sizeBytes: number;
  readonly isEnvelope: boolean;
  readonly wantsAnswer: boolean;
}

const NOT_YET: LinkLimits = {
  frame_bytes: FRAME_BYTES_MAX,
  frame_envelopes: FRAME_ENVELOPES_MAX,
  credit_envelopes: 0,
  credit_bytes: 0,
  heartbeat_ms: HEARTBEAT_MS,
};

/** These want an answer: their silence is worth asking about. */
const WANTS_ANSWER: ReadonlySet<Outgoing["type"]> = new Set([
  ...(["attach", "submit", "find", "watch", "join", "leave"] as const),
]);

export class Link {
  readonly id: LinkId;
  readonly address: Address;
  private limits = NOT_YET;
  private readonly random: Random;
  private outgoing: Encoded[] = [];
  private readonly queue: Submission[] = [];
  private readonly unanswered = new Map<number, { submission: Submission; sizeBytes: number }>();
  private unansweredBytes = 0;
  private lastNumber = 0;
  private lastReceived = 0;
  private lastAcked = 0;
  private lastHeardMs: number;
  private heartbeatDueMs: number;
  private wantedSinceMs: number | null = null;
  private askedAtMs: number | null = null;

  constructor(id: LinkId, address: Address, nowMs: number, random: Random) {
    this.id = id;
    this.address = address;
    this.random = random;
    this.lastHeardMs = nowMs;
    this.heartbeatDueMs = nowMs + HEARTBEAT_MS;
  }

  /** What a welcome says: from now on submissions leave. */
  welcomed(limits: LinkLimits): void {
    this.limits = limits;
  }

  put(message: Outgoing): void {
    const text = encodeMessage(message);
    this.outgoing.push({
      text,
      sizeBytes: bytesOf(text),
      isEnvelope: message.type === "submit",
      wantsAnswer: WANTS_ANSWER.has(message.type),
    });
  }

  /** Waits for credit, then leaves. */
  submit(submission: Submission): void {
    this.queue.push(submission);
  }

  /** Something came: whoever speaks, lives. */
  heard(nowMs: number): void {
    this.lastHeardMs = nowMs;
    this.wantedSinceMs = this.askedAtMs = null;
  }

  /** Notes a `deliver`. Raises `malformed` for a number that is not the next. */
  received(number: number): void {
    if (number !== this.lastReceived + 1) {
      throw new RemoteError("malformed", `number ${number} after ${this.lastReceived}`);
    }
    this.lastReceived = number;
  }

  /** Everything up to `number` is held by the home. */
  acked(number: number): void {
    for (const [sent, { submission }] of this.unanswered) {
      if (sent > number) break;
      this.answered(sent);
      submission.onAcked?.();
    }
  }

  refused(number: number, code: string, retryAfterMs: number | null): void {
    const sent = this.unanswered.get(number);
    if (sent === undefined) return;
    this.answered(number);
    sent.submission.onRefused?.(code, retryAfterMs);
  }

  private answered(number: number): void {
    this.unansweredBytes -= this.unanswered.get(number)?.sizeBytes ?? 0;
    this.unanswered.delete(number);
  }

  /** Asks for a sign of life where one is missing; true when asking was in vain. */
  isSilent(nowMs: number): boolean {
    if (this.askedAtMs !== null) return nowMs >= this.askedAtMs + CLIENT_ASK_MS;
    if (nowMs >= this.askDueMs()) {
      this.askedAtMs = nowMs;
      this.put({ type: "heartbeat", wants_echo: true });
    } else if (nowMs >= this.heartbeatDueMs && this.outgoing.length === 0) {
      this.put({ type: "heartbeat" });
    }
    return false;
  }

  private askDueMs(): number {
    const silentMs = this.lastHeardMs + SILENT_HEARTBEATS * this.limits.heartbeat_ms;
    return Math.min(silentMs, (this.wantedSinceMs ?? Infinity) + CLIENT_ASK_MS);
  }

  nextDeadlineMs(): number {
    if (this.askedAtMs !== null) return this.askedAtMs + CLIENT_ASK_MS;
    return Math.min(this.askDueMs(), this.heartbeatDueMs);
  }

  /** Whether the end of this round has something to send. */
  get hasOutgoing(): boolean {
    return (
      this.outgoing.length > 0 ||
      this.lastReceived > this.lastAcked ||
      this.nextWithCredit() !== null
    );
  }

  /** The frames of this round, each within every limit. */
  flush(nowMs: number): string[] {
    this.takeFromQueue();
    if (this.lastReceived > this.lastAcked) {
      this.lastAcked = this.lastReceived;
      this.put({ type: "ack", number: this.lastReceived });
    }
    const frames = this.frames();
    if (this.outgoing.some(({ wantsAnswer }) => wantsAnswer)) this.wantedSinceMs ??= nowMs;
    this.outgoing = [];
    if (frames.length > 0) this.heartbeatDueMs = nowMs + this.heartbeatWaitMs();
    return frames;
  }

  private heartbeatWaitMs(): number {
    const { heartbeat_ms } = this.limits;
    return Math.round(heartbeat_ms * (1 - JITTER + 2 * JITTER * this.random.fraction()));
  }

  private takeFromQueue(): void {
    for (let next = this.nextWithCredit(); next !== null; next = this.nextWithCredit()) {
      this.queue.shift();
      this.lastNumber += 1;
      const { envelope, keeper } = next;
      const sizeBytes = bytesOf(envelope.signed);
      this.unanswered.set(this.lastNumber, { submission: next, sizeBytes });
      this.unansweredBytes += sizeBytes;
      const named = keeper === null ? {} : { keeper };
      this.put({ type: "submit", number: this.lastNumber, envelope, ...named });
    }
  }

  private nextWithCredit(): Submission | null {
    const next = this.queue[0];
    if (next === undefined || this.limits.credit_envelopes === 0) return null;
    const fits =
      this.unanswered.size < this.limits.credit_envelopes &&
      this.unansweredBytes + bytesOf(next.envelope.signed) <= this.limits.credit_bytes;
    return fits || this.unanswered.size === 0 ? next : null;
  }

  private frames(): string[] {
    const frames: string[] = [];
    let batch: string[] = [];
    let sizeBytes = 2;
    let envelopes = 0;
    for (const message of this.outgoing) {
      const isFull =
        sizeBytes + message.sizeBytes + 1 > this.limits.frame_bytes ||
        batch.length >= FRAME_MESSAGES_MAX ||
        (message.isEnvelope && envelopes >= this.limits.frame_envelopes);
      if (isFull && batch.length > 0) {
        frames.push(joinFrame(batch));
        [batch, sizeBytes, envelopes] = [[], 2, 0];
      }
      batch.push(message.text);
      sizeBytes += message.sizeBytes + 1;
      envelopes += message.isEnvelope ? 1 : 0;
    }
    if (batch.length > 0) frames.push(joinFrame(batch));
    return frames;
  }
}
