/** In which portions a picture is made before it is shown: all in one frame would hold it up. */

import type { Picture } from "./picture";

/** How much of a picture is drawn. */
export interface Drawn {
  readonly nodesMax: number;
  readonly linksMax: number;
  /** Whether it is seen: at once with everything in it, and for good. */
  readonly isShown: boolean;
}

/** What a frame has time to make beside all else. */
const NODES = 8;
const LINKS = 24;

/** What the first frame has. */
export const UNMADE: Drawn = { nodesMax: NODES, linksMax: LINKS, isShown: false };
const SHOWN: Drawn = { nodesMax: Infinity, linksMax: Infinity, isShown: true };

/** What is drawn after one more frame; the same value where nothing is to be drawn anew. */
export function afterFrame(
  drawn: Drawn,
  { nodes, links }: Pick<Picture, "nodes" | "links">,
  isMoving: boolean,
  isCalm: boolean,
): Drawn {
  const { nodesMax, linksMax, isShown } = drawn;
  if (isShown) return isMoving && isCalm ? drawn : { ...drawn };
  if (nodesMax >= nodes.length && linksMax >= links.length) return isMoving ? drawn : SHOWN;
  return { nodesMax: nodesMax + NODES, linksMax: linksMax + LINKS, isShown };
}
