/** In which steps a picture is made and shown: all in one frame would hold it up. */

import type { Picture } from "./picture";

/** How much of a picture is made, and how much of that is seen. */
export interface Drawn {
  readonly nodesMax: number;
  readonly linksMax: number;
  /** Whether nodes are seen: at once with all of them, and for good. */
  readonly isShown: boolean;
  /** Whether links are seen, too. */
  readonly isWhole: boolean;
}

/** What a frame has time to make beside all else. */
const NODES = 8;
const LINKS = 24;

/** Nothing is made before all have their places: it would have to be drawn anew in each. */
export const UNMADE: Drawn = { nodesMax: 0, linksMax: 0, isShown: false, isWhole: false };
const SHOWN: Drawn = { nodesMax: Infinity, linksMax: Infinity, isShown: true, isWhole: false };
const WHOLE: Drawn = { ...SHOWN, isWhole: true };

/** What is drawn after one more frame; the same value where nothing is to be drawn anew. */
export function afterFrame(
  drawn: Drawn,
  { nodes, links }: Pick<Picture, "nodes" | "links">,
  isMoving: boolean,
  isCalm: boolean,
): Drawn {
  const { nodesMax, linksMax, isShown, isWhole } = drawn;
  if (isWhole) return isMoving && isCalm ? drawn : { ...drawn };
  if (isMoving) return drawn;
  if (isShown || (nodes.length <= NODES && links.length <= LINKS)) return WHOLE;
  if (nodesMax >= nodes.length && linksMax >= links.length) return SHOWN;
  return { ...drawn, nodesMax: nodesMax + NODES, linksMax: linksMax + LINKS };
}
