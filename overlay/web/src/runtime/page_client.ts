/** One person's client in this page: the machine, and what performs its effects. */

import type { Effect } from "../machine/effects";
import type { Ticket } from "../machine/events";
import type { Fact } from "../machine/facts";
import { Client, type Snapshot } from "../machine/machine";
import type { Reply, Request } from "../machine/requests";
import { named, type Address } from "../protocol/ids";
import { seal } from "./hpke";
import { Links } from "./links";
import { Pump } from "./pump";
import type { Store } from "./store";
import { Vault, type Secrets } from "./vault";

/** The node that served this page. */
export const addressOf = ({ protocol, host }: Location): Address =>
  named(`${protocol === "https:" ? "wss" : "ws"}://${host}/overlay`);

export class PageClient {
  private readonly store: Store;
  private readonly lock: CryptoKey;
  private readonly vault: Vault;
  private readonly machine: Client;
  private readonly pump: Pump;
  private readonly links: Links;
  private readonly onFact: (fact: Fact) => void;
  private readonly asked = new Map<Ticket, (reply: Reply) => void>();
  private lastTicket = 0;

  private constructor(
    store: Store,
    secrets: Secrets,
    machine: Client,
    onFact: (fact: Fact) => void,
  ) {
    this.store = store;
    this.lock = secrets.lock;
    this.vault = new Vault(secrets);
    this.machine = machine;
    this.onFact = onFact;
    this.pump = new Pump(machine, (effect) => {
      this.perform(effect);
    });
    this.links = new Links((event) => {
      this.pump.happens(event);
    });
  }

  /** Reads what was kept. Nothing happens before `start`. */
  static async load(
    store: Store,
    secrets: Secrets,
    address: Address,
    onFact: (fact: Fact) => void,
  ): Promise<PageClient> {
    const rows = await store.rows(secrets.lock);
    const machine = new Client(new Vault(secrets).identity, address, rows);
    return new PageClient(store, secrets, machine, onFact);
  }

  start(): void {
    this.pump.schedule();
  }

  snapshot(): Snapshot {
    return this.machine.snapshot();
  }

  ask(request: Request): Promise<Reply> {
    this.lastTicket += 1;
    const ticket = this.lastTicket;
    return new Promise((resolve) => {
      this.asked.set(ticket, resolve);
      this.pump.happens({ type: "Asked", ticket, request });
    });
  }

  /** The page goes away: our home is told, so that nobody waits for us. */
  stop(): void {
    this.pump.finish({ type: "Stopping" });
  }

  private perform(effect: Effect): void {
    switch (effect.type) {
      case "Send":
        this.links.send(effect.link, effect.data);
        return;
      case "CloseLink":
        this.links.close(effect.link, effect.code);
        return;
      case "Dial":
        this.links.dial(effect.address);
        return;
      case "Persist":
        void this.persist(effect);
        return;
      case "Sign":
        void this.sign(effect);
        return;
      case "Seal":
        void this.seal(effect);
        return;
      case "Open":
        void this.open(effect);
        return;
      case "Answer":
        this.answer(effect.ticket, effect.reply);
        return;
      case "Report":
        this.onFact(effect.fact);
        return;
    }
  }

  private answer(ticket: Ticket, reply: Reply): void {
    const resolve = this.asked.get(ticket);
    this.asked.delete(ticket);
    resolve?.(reply);
  }

  private async persist({ rows, forget, ticket }: Of<"Persist">): Promise<void> {
    try {
      await this.store.change(this.lock, rows, forget);
      this.pump.happens({ type: "Stored", ticket });
    } catch (error) {
      this.pump.happens({ type: "StoreFailed", ticket, reason: String(error) });
    }
  }

  private async sign({ ticket, key, bytes }: Of<"Sign">): Promise<void> {
    const signature = await this.vault.sign(key, bytes);
    this.pump.happens({ type: "Signed", ticket, signature });
  }

  private async seal({ ticket, key, info, text }: Of<"Seal">): Promise<void> {
    try {
      this.pump.happens({ type: "Sealed", ticket, sealed: await seal(key, info, text) });
    } catch (error) {
      this.pump.happens({ type: "SealFailed", ticket, reason: String(error) });
    }
  }

  private async open({ ticket, info, sealed }: Of<"Open">): Promise<void> {
    this.pump.happens({ type: "Opened", ticket, text: await this.vault.open(info, sealed) });
  }
}

type Of<Type extends Effect["type"]> = Extract<Effect, { type: Type }>;
