/** What the map's page shows: the last picture, what changed, which node is chosen. */

import { changesBetween, standing } from "../../map/changes";
import { keeping, type Picture } from "../../map/picture";

export interface Entry {
  readonly id: number;
  /** By the wall clock. */
  readonly atMs: number;
  readonly words: string;
}

export interface Model {
  readonly picture: Picture | null;
  readonly isLive: boolean;
  /** The last changes, newest first. */
  readonly entries: readonly Entry[];
  readonly stand: ReadonlySet<string>;
  /** Of these, the links that are new, and since when: they are pointed out for a while. */
  readonly fresh: ReadonlyMap<string, number>;
}

export type Change =
  | {
      readonly type: "Seen";
      readonly picture: Picture;
      readonly nowMs: number;
      /** The same by the wall clock. */
      readonly atMs: number;
    }
  | { readonly type: "Lost" };

const ENTRIES_MAX = 40;
/** Long enough to be seen by who looks at something else just then. */
const FRESH_MS = 30_000;

export const begin: Model = {
  picture: null,
  isLive: false,
  entries: [],
  stand: new Set(),
  fresh: new Map(),
};

export function reduce(model: Model, change: Change): Model {
  switch (change.type) {
    case "Lost":
      return model.isLive ? { ...model, isLive: false } : model;
    case "Seen": {
      const { nowMs, atMs } = change;
      const stand = standing(model.stand, change.picture);
      if (model.picture === null) return { ...model, picture: change.picture, isLive: true, stand };
      // What is drawn of them stays as it is, too.
      const picture = keeping(model.picture, change.picture);
      const next = (model.entries[0]?.id ?? 0) + 1;
      const words = changesBetween(model.picture, picture, model.stand, stand);
      const added = words.map((each, index) => ({ id: next + index, atMs, words: each })).reverse();
      const since = (key: string): number =>
        model.stand.has(key) ? (model.fresh.get(key) ?? -Infinity) : nowMs;
      const fresh = [...stand].map((key): [string, number] => [key, since(key)]);
      return {
        ...{ picture, isLive: true, stand },
        entries: [...added, ...model.entries].slice(0, ENTRIES_MAX),
        fresh: new Map(fresh.filter(([, sinceMs]) => nowMs - sinceMs < FRESH_MS)),
      };
    }
  }
}
