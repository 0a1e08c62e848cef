// Owns how the machine's stories begin.

import type { Signed } from "../../src/protocol/signed";
import type { ScriptedHome } from "./home";
import type { Shell } from "./shell";
import { World } from "./world";

export interface Story {
  readonly world: World;
  readonly north: ScriptedHome;
  readonly south: ScriptedHome;
  readonly alice: Shell;
  readonly bob: Shell;
}

/** Alice is attached to north, bob to south, and they see each other. */
export function aliceAndBob(): Story {
  const world = new World();
  const [north, south] = world.nodes("north", "south");
  if (north === undefined || south === undefined) throw new Error("two nodes were asked for");
  const alice = world.person("alice", north);
  const bob = world.person("bob", south);
  world.pass(100);
  return { world, north, south, alice, bob };
}

/** The text of an envelope, as its origin wrote it. */
export const textOf = ({ signed }: Signed): Record<string, unknown> =>
  JSON.parse(signed) as Record<string, unknown>;

export const kindsOf = (envelopes: readonly Signed[]): string[] =>
  envelopes.map(({ kind }) => kind);
