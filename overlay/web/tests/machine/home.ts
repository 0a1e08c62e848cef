// Owns a scripted home: as much of a node as a client can see, and liberties that a test may take.

import { encode, hashOf, lengthPrefixed } from "../../src/protocol/encoding";
import { named, type Address, type NodeId } from "../../src/protocol/ids";
import type { Home } from "../../src/protocol/messages";
import type { Signed } from "../../src/protocol/signed";
import { TestKey } from "./keys";
import type { Shell } from "./shell";

type Fields = Record<string, unknown>;

/** What all homes of a test know of each other's clients, as gossip would have told them. */
export interface Directory {
  readonly homes: ScriptedHome[];
  readonly present: Map<string, { home: ScriptedHome; link: number; attach: Attach }>;
  readonly accounts: Map<string, Signed>;
  readonly presences: Map<string, Signed>;
  readonly attaches: Map<string, Attach>;
}

export interface Attach {
  readonly request: number;
  readonly presence: Signed;
  readonly account: Signed;
  readonly bundle: Signed;
}

interface ClientLink {
  readonly shell: Shell;
  readonly helloText: string;
  theirText: string;
  client: string;
  delivered: number;
  isWatching: boolean;
  readonly channels: Set<string>;
}

interface Kept {
  readonly envelope: Signed;
  readonly client: string;
}

export const NETWORK = "overlay";

export class ScriptedHome {
  readonly name: string;
  readonly key: TestKey;
  readonly address: Address;
  readonly links = new Map<number, ClientLink>();
  /** Envelopes as they pass: a test may drop, double, forge or reorder them. */
  tamper: (envelope: Signed, client: string) => Signed[] = (envelope) => [envelope];
  /** Refuses submits with this code. */
  refusesWith: string | null = null;
  /** Refuses attaches with this code. */
  refusesAttachWith: string | null = null;
  /** So many requests of a served client are refused as busy before one is answered. */
  busyRequests = 0;
  /** Says so of every message, before it acks it. */
  stallsWith: string | null = null;
  isListening = true;
  network = NETWORK;
  homes: Home[] = [];
  hidesBundles = false;
  /** Said in place of a hello. */
  speaksFirst: Fields | null = null;
  isMute = false;
  provesWith: TestKey;
  readonly kept: Kept[] = [];
  readonly submitted: Signed[] = [];
  private readonly directory: Directory;

  constructor(name: string, directory: Directory) {
    this.name = name;
    this.directory = directory;
    this.key = this.provesWith = new TestKey(`node ${name}`);
    this.address = named<Address>(`ws://127.0.0.1/${name}`);
  }

  get entry(): Home {
    return { id: named<NodeId>(this.key.id), name: this.name, address: this.address };
  }

  opened(link: number, shell: Shell): void {
    const helloText = JSON.stringify({
      ...{ versions: [1], suites: [], role: "node", end: "listener", key: this.key.id },
      ...{ incarnation: 7, network: this.network, admission: "listed", software: "scripted" },
      challenge: encode(hashOf("challenge", String(link))),
    });
    const channels = new Set<string>();
    const fresh = { theirText: "", client: "", delivered: 0, isWatching: false };
    this.links.set(link, { shell, helloText, channels, ...fresh });
    if (this.isMute) return;
    this.say(link, this.speaksFirst ?? { type: "hello", text: helloText });
  }

  closed(link: number): void {
    const { client } = this.at(link);
    this.links.delete(link);
    if (this.directory.present.get(client)?.link !== link) return;
    this.directory.present.delete(client);
    this.changed(client);
  }

  frame(link: number, data: string): void {
    for (const message of JSON.parse(data) as Fields[]) this.on(link, message);
  }

  say(link: number, ...messages: Fields[]): void {
    const shell = this.links.get(link)?.shell;
    shell?.happens({ type: "FrameReceived", link, data: JSON.stringify(messages) });
  }

  private at(link: number): ClientLink {
    const found = this.links.get(link);
    if (found === undefined) throw new Error(`no link ${link} at ${this.name}`);
    return found;
  }

  private on(link: number, message: Fields): void {
    const request = message["request"];
    if (this.busyRequests > 0 && ["watch", "find", "join"].includes(message["type"] as string)) {
      this.busyRequests -= 1;
      this.say(link, { type: "refusal", code: "busy", detail: "", request, retry_after_ms: 2_000 });
      return;
    }
    switch (message["type"]) {
      case "hello":
        this.at(link).theirText = message["text"] as string;
        return;
      case "proof":
        this.onProof(link);
        return;
      case "attach":
        this.onAttach(link, message as unknown as Attach);
        return;
      case "watch":
        this.at(link).isWatching = true;
        this.say(link, { type: "people", people: this.people() }, { type: "done", request });
        return;
      case "find":
        this.say(link, { type: "found", request, people: this.find(message), is_last: true });
        return;
      case "join":
        this.at(link).channels.add(message["channel"] as string);
        this.say(link, { type: "done", request });
        return;
      case "leave":
        this.at(link).channels.delete(message["channel"] as string);
        this.say(link, { type: "done", request });
        return;
      case "submit":
        this.onSubmit(link, message["number"] as number, message["envelope"] as Signed);
        return;
      case "heartbeat":
        if (message["wants_echo"] === true) this.say(link, { type: "heartbeat" });
        return;
    }
  }

  private onProof(link: number): void {
    const { helloText, theirText } = this.at(link);
    const parts = ["overlay/1/handshake", "listener", helloText, theirText, "none"];
    const signature = encode(this.provesWith.sign(lengthPrefixed(...parts)));
    const { key } = JSON.parse(theirText) as { key: string };
    this.at(link).client = key;
    const credit = { credit_envelopes: 512, credit_bytes: 1_048_576 };
    const limits = { frame_bytes: 262_144, frame_envelopes: 64, ...credit, heartbeat_ms: 15_000 };
    const record = this.directory.presences.get(key) ?? null;
    const welcome = { type: "welcome", version: 1, limits, record, homes: this.homes };
    this.say(link, { type: "proof", certificate: "none", signature }, welcome);
  }

  private onAttach(link: number, attach: Attach): void {
    const { signer } = attach.presence;
    const { request } = attach;
    if (this.refusesAttachWith !== null) {
      const code = this.refusesAttachWith;
      this.say(link, { type: "refusal", code, detail: "", request, retry_after_ms: 5_000 });
      return;
    }
    this.directory.present.set(signer, { home: this, link, attach });
    this.directory.accounts.set(attach.account.signer, attach.account);
    this.directory.presences.set(signer, attach.presence);
    this.directory.attaches.set(signer, attach);
    this.say(link, { type: "done", request });
    this.changed(signer);
    for (const home of this.directory.homes) home.redeliver(signer);
  }

  /** Every watching client of every home hears of it. */
  private changed(client: string): void {
    for (const { home, link } of this.directory.present.values()) {
      if (home.at(link).isWatching) home.say(link, { type: "people", people: this.people(client) });
    }
  }

  private people(client?: string, withBundles = false): Fields[] {
    const accounts = [...this.directory.accounts.values()].filter(
      ({ signed }) => client === undefined || signed.includes(client),
    );
    return accounts.map((account) => ({
      account,
      present: [...this.directory.present.values()]
        .filter(({ attach }) => attach.account.signer === account.signer)
        .map(({ home, attach }) => ({
          presence: attach.presence,
          home_name: home.name,
          ...(withBundles && !this.hidesBundles ? { bundle: attach.bundle } : {}),
        })),
    }));
  }

  private find(message: Fields): Fields[] {
    const everybody = this.people(undefined, true);
    const wanted = (message["id"] ?? message["name"]) as string;
    return everybody.filter(({ account }) => {
      const { signer, signed } = account as Signed;
      return signer === wanted || (JSON.parse(signed) as { name: string }).name === wanted;
    });
  }

  private onSubmit(link: number, number: number, envelope: Signed): void {
    this.submitted.push(envelope);
    if (this.refusesWith !== null) {
      this.say(link, { type: "refusal", code: this.refusesWith, detail: "", number });
      return;
    }
    const { counter } = JSON.parse(envelope.signed) as { counter: number };
    const reason = this.stallsWith;
    if (reason !== null) this.say(link, { type: "stalled", counter, reason });
    this.say(link, { type: "ack", number });
    if (envelope.kind === "channel") this.spread(link, envelope);
    else for (const client of this.recipients(envelope)) this.route(envelope, client);
  }

  private spread(from: number, envelope: Signed): void {
    const { channel } = JSON.parse(envelope.signed) as { channel: string };
    for (const { home, link } of this.directory.present.values()) {
      const isOrigin = home === this && link === from;
      if (!isOrigin && home.at(link).channels.has(channel)) home.hand(link, envelope);
    }
  }

  private recipients({ kind, signer, signed }: Signed): string[] {
    const { recipients } = JSON.parse(signed) as { recipients: string[] };
    if (kind !== "message") return recipients;
    return recipients
      .flatMap((account) => {
        const record = this.directory.accounts.get(account)?.signed ?? '{"clients":[]}';
        return (JSON.parse(record) as { clients: string[] }).clients;
      })
      .filter((client) => client !== signer);
  }

  private route(envelope: Signed, client: string): void {
    if (envelope.kind === "message" || envelope.kind === "chain_start") {
      this.kept.push({ envelope, client });
    }
    for (const each of this.tamper(envelope, client)) this.deliver(each, client);
  }

  /** Everything that is kept for one client, again. */
  redeliver(client: string): void {
    for (const each of this.kept) if (each.client === client) this.deliver(each.envelope, client);
  }

  deliver(envelope: Signed, client: string): void {
    const at = this.directory.present.get(client);
    if (at !== undefined) at.home.hand(at.link, envelope, this.key.id);
  }

  private hand(link: number, envelope: Signed, keeper?: string): void {
    const there = this.at(link);
    there.delivered += 1;
    const named = keeper === undefined ? {} : { keeper };
    this.say(link, { type: "deliver", number: there.delivered, envelope, ...named });
  }
}
