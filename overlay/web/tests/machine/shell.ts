// Owns the runtime of a test: performs a client machine's effects at once, on a disk that is a map.

import type { Effect } from "../../src/machine/effects";
import type { Event } from "../../src/machine/events";
import type { Fact } from "../../src/machine/facts";
import { Client } from "../../src/machine/machine";
import type { Reply, Request } from "../../src/machine/requests";
import type { Row } from "../../src/machine/rows";
import type { Identity } from "../../src/machine/state/standing";
import { encode } from "../../src/protocol/encoding";
import { named, type AccountId, type Address, type ClientId } from "../../src/protocol/ids";
import { SeededRandom, TestKey, TestSealing } from "./keys";

/** What a shell needs of the network: homes that answer at addresses. */
export interface Network {
  nowMs: number;
  dial(shell: Shell, address: Address): void;
  send(link: number, data: string): void;
  close(link: number, code: string): void;
}

/** One person at one client, and the machine that serves them. */
export class Shell {
  readonly name: string;
  readonly clientKey: TestKey;
  readonly accountKey: TestKey;
  sealing: TestSealing;
  readonly facts: Fact[] = [];
  readonly replies: Reply[] = [];
  readonly disk = new Map<string, Row>();
  /** Every envelope's text that left, to look for what should not be there. */
  readonly sent: string[] = [];
  isDiskBroken = false;
  client: Client;
  private readonly network: Network;
  private readonly address: Address;
  private random: SeededRandom;
  private starts = 0;
  private queue: Event[] = [];
  private lastTicket = 0;

  constructor(name: string, network: Network, address: Address) {
    this.name = name;
    this.network = network;
    this.address = address;
    this.clientKey = new TestKey(`client of ${name}`);
    this.accountKey = new TestKey(`account of ${name}`);
    this.sealing = new TestSealing(name);
    this.random = new SeededRandom(name);
    this.client = new Client(this.identity, address, []);
  }

  get identity(): Identity {
    return {
      client: named<ClientId>(this.clientKey.id),
      account: named<AccountId>(this.accountKey.id),
      name: this.name,
      sealingKey: encode(this.sealing.key),
      sealingKeyId: this.sealing.keyId,
      software: "test",
    };
  }

  get account(): AccountId {
    return this.identity.account;
  }

  /** The page was closed, and is opened again: what is not on the disk is gone. */
  restart(): void {
    this.starts += 1;
    this.queue = [];
    this.random = new SeededRandom(`${this.name} ${this.starts}`);
    this.client = new Client(this.identity, this.address, [...this.disk.values()]);
  }

  /** The old secret is destroyed: what was sealed to it does not open any more. */
  renewSealingKey(): void {
    this.sealing = new TestSealing(`${this.name}, anew`);
  }

  ask(request: Request): void {
    this.lastTicket += 1;
    this.happens({ type: "Asked", ticket: this.lastTicket, request });
  }

  say(to: Shell, text: string): void {
    this.ask({ type: "Say", to: to.account, text, sentAt: 1_700_000_000_000 });
  }

  happens(event: Event): void {
    this.queue.push(event);
  }

  /** Handles what has happened, and what is due; whether there was anything. */
  round(): boolean {
    const events = this.queue;
    this.queue = [];
    for (const event of events) this.handle(event);
    const dueMs = this.client.nextDeadlineMs();
    const isDue = dueMs !== null && dueMs <= this.network.nowMs;
    if (isDue || events.length > 0) this.handle({ type: "Wake" });
    return isDue || events.length > 0;
  }

  /** The texts that came from others, in the order in which they were shown. */
  get read(): string[] {
    return this.facts.flatMap((fact) =>
      fact.type === "MessageArrived" || fact.type === "ChannelMessageArrived"
        ? [fact.entry.text]
        : [],
    );
  }

  /** The steps of all our messages, in order. */
  get steps(): string[] {
    return this.facts.flatMap((fact) =>
      fact.type === "LadderStepped"
        ? [fact.reason ? `${fact.step}: ${fact.reason}` : fact.step]
        : [],
    );
  }

  factsOf<Type extends Fact["type"]>(type: Type): Extract<Fact, { type: Type }>[] {
    return this.facts.filter((fact): fact is Extract<Fact, { type: Type }> => fact.type === type);
  }

  private handle(event: Event): void {
    for (const effect of this.client.handle(event, this.network.nowMs, this.random)) {
      this.perform(effect);
    }
  }

  private perform(effect: Effect): void {
    switch (effect.type) {
      case "Send":
        this.sent.push(effect.data);
        this.network.send(effect.link, effect.data);
        return;
      case "CloseLink":
        this.network.close(effect.link, effect.code);
        return;
      case "Dial":
        this.network.dial(this, effect.address);
        return;
      case "Persist":
        this.persist(effect);
        return;
      case "Sign": {
        const key = effect.key === "client" ? this.clientKey : this.accountKey;
        const { ticket } = effect;
        this.happens({ type: "Signed", ticket, signature: key.sign(effect.bytes) });
        return;
      }
      case "Seal": {
        const sealed = TestSealing.seal(effect.key, effect.info, effect.text);
        this.happens({ type: "Sealed", ticket: effect.ticket, sealed });
        return;
      }
      case "Open": {
        const text = this.sealing.open(effect.info, effect.sealed);
        this.happens({ type: "Opened", ticket: effect.ticket, text });
        return;
      }
      case "Answer":
        this.replies.push(effect.reply);
        return;
      case "Report":
        this.facts.push(effect.fact);
        return;
    }
  }

  private persist({ rows, forget, ticket }: Extract<Effect, { type: "Persist" }>): void {
    if (this.isDiskBroken) {
      this.happens({ type: "StoreFailed", ticket, reason: "the disk is full" });
      return;
    }
    for (const row of rows) this.disk.set(`${row.table} ${row.key}`, row);
    for (const { table, key } of forget) this.disk.delete(`${table} ${key}`);
    this.happens({ type: "Stored", ticket });
  }
}
