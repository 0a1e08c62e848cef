// Owns the small world of the machine's stories: shells, scripted homes, one clock.

import type { Address } from "../../src/protocol/ids";
import { ScriptedHome, type Attach, type Directory } from "./home";
import { Shell, type Network } from "./shell";

const ROUNDS_MAX = 10_000;

export class World implements Network {
  nowMs = 1_000;
  private readonly shells: Shell[] = [];
  private readonly links = new Map<number, { home: ScriptedHome; shell: Shell }>();
  private readonly directory: Directory = {
    homes: [],
    present: new Map(),
    accounts: new Map(),
    presences: new Map(),
    attaches: new Map(),
  };
  private readonly codes = new Map<number, string>();
  private readonly silenced = new Set<number>();
  private lastLink = 0;

  /** Nodes, each of which tells clients of all the others. */
  nodes(...names: string[]): ScriptedHome[] {
    const made = names.map((name) => new ScriptedHome(name, this.directory));
    for (const home of made) {
      home.homes = made.filter((each) => each !== home).map(({ entry }) => entry);
    }
    this.directory.homes.push(...made);
    return made;
  }

  person(name: string, at: ScriptedHome): Shell {
    const shell = new Shell(name, this, at.address);
    this.shells.push(shell);
    return shell;
  }

  dial(shell: Shell, address: Address): void {
    const home = this.directory.homes.find((each) => each.address === address);
    if (home?.isListening !== true) {
      shell.happens({ type: "DialFailed", address, reason: "refused" });
      return;
    }
    this.lastLink += 1;
    this.links.set(this.lastLink, { home, shell });
    shell.happens({ type: "LinkOpened", link: this.lastLink, dialled: address });
    home.opened(this.lastLink, shell);
  }

  send(link: number, data: string): void {
    if (!this.silenced.has(link)) this.links.get(link)?.home.frame(link, data);
  }

  close(link: number, code = ""): void {
    const at = this.links.get(link);
    this.links.delete(link);
    this.codes.set(link, code);
    at?.home.closed(link);
  }

  /** The code with which a client closed that link. */
  closedWith(link: number): string | undefined {
    return this.codes.get(link);
  }

  /** From now on nothing that this person sends over their present link arrives. */
  silence(shell: Shell): void {
    this.silenced.add(this.linkOf(shell).link);
  }

  hideBundles(isHidden: boolean): void {
    for (const home of this.directory.homes) home.hidesBundles = isHidden;
  }

  /** What somebody showed at their last attach. */
  attachOf(shell: Shell): Attach {
    const attach = this.directory.attaches.get(shell.identity.client);
    if (attach === undefined) throw new Error(`${shell.name} never attached`);
    return attach;
  }

  /** A node is gone without a word. */
  kill(home: ScriptedHome): void {
    home.isListening = false;
    for (const [link, { shell }] of [...this.links].filter(([, at]) => at.home === home)) {
      this.close(link);
      shell.happens({ type: "LinkClosed", link, reason: "" });
    }
  }

  /** Somebody closes their page. */
  leave(shell: Shell): void {
    shell.happens({ type: "Stopping" });
    this.settle();
  }

  linkOf(shell: Shell): { home: ScriptedHome; link: number } {
    const found = [...this.links].find(([, at]) => at.shell === shell);
    if (found === undefined) throw new Error(`${shell.name} has no link`);
    return { link: found[0], home: found[1].home };
  }

  /** Lets everything happen that can, without a deadline having to come. */
  settle(): void {
    for (let rounds = 0; rounds < ROUNDS_MAX; rounds++) {
      if (!this.shells.map((shell) => shell.round()).includes(true)) return;
    }
    throw new Error("the world does not come to rest");
  }

  /** Lets so much time pass, deadline after deadline. */
  pass(durationMs: number): void {
    const endMs = this.nowMs + durationMs;
    this.settle();
    for (let dueMs = this.nextDueMs(); dueMs <= endMs; dueMs = this.nextDueMs()) {
      this.nowMs = Math.max(this.nowMs, dueMs);
      this.settle();
    }
    this.nowMs = endMs;
    this.settle();
  }

  private nextDueMs(): number {
    return Math.min(...this.shells.map(({ client }) => client.nextDeadlineMs() ?? Infinity));
  }
}
