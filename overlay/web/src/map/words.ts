/** What the map says of nodes and links, for the eye and for the ear. */

import { counted } from "./changes";
import type { MapLink, MapNode, Picture } from "./picture";

const LINK_STATES = { open: "open", doubtful: "in doubt", gone: "not there", cut: "cut" } as const;

/** A node with everything that its place on the map shows, and so many links that stand. */
export function nodeWords(node: MapNode, links: number): string {
  const parts = [node.name, node.state, counted(node.clients, "client"), counted(links, "link")];
  if (node.cutOff > 0) parts.push(splitWords(node));
  return parts.join(", ");
}

/** What the loss of a node would do; empty where it would split nothing. */
export const splitWords = ({ cutOff }: MapNode): string =>
  cutOff > 0 ? `its loss would cut off ${counted(cutOff, "node")}` : "";

export const linkStateWords = ({ state }: MapLink): string => LINK_STATES[state];

/** A round trip; a dash where it is not known here. */
export const roundTripWords = ({ roundTripMs, state }: MapLink): string =>
  roundTripMs === null || state === "gone" || state === "cut" ? "–" : `${roundTripMs} ms`;

/** Everything in one line. */
export function summary({ nodes, links, leftOut }: Picture): string {
  const alive = nodes.filter(({ state }) => state === "alive").length;
  const open = links.filter(({ state }) => state === "open").length;
  const clients = nodes.reduce((sum, node) => sum + (node.state === "dead" ? 0 : node.clients), 0);
  const more = leftOut > 0 ? `, ${leftOut} more not drawn` : "";
  return (
    `${alive} of ${counted(nodes.length, "node")} alive, ${counted(open, "link")}, ` +
    `${counted(clients, "client")}${more}`
  );
}

/** Of which overlay it is, as far as anybody runs who could tell, and who says so. */
export function seenByWords({ network, seenBy, name }: Picture): string {
  const who = seenBy === null ? "as all its nodes see it" : `as ${name} sees it`;
  return network === "" ? who : `${network}, ${who}`;
}

/** A name that fits below a node; tables have it whole. */
export const shortName = (name: string): string =>
  name.length > 14 ? `${name.slice(0, 13)}…` : name;

/** The reader's time of day as logs write it: what knows the ways of countries takes 20 ms to load. */
export const timeWords = (atMs: number): string => new Date(atMs).toTimeString().slice(0, 8);
