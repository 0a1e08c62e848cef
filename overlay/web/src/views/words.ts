/** What the page says: everyday words for states and reasons. */

import type { Entry } from "../machine/state/history";
import { isOnline, type PersonView } from "../machine/requests";
import type { Connection } from "./model";

const REASONS: Readonly<Record<string, string>> = {
  away: "not there right now",
  no_key: "waiting until they are there",
  unknown_suite: "their software is newer than this page",
  no_way: "no way there right now",
  busy: "the way there is busy",
  resting: "will be sent when they are back",
  expired: "kept too long, and given up by the node",
  quota: "the node is full",
  unknown_recipient: "the node does not know them right now",
  not_sent: "not sent before the page was closed",
};

const STATES = {
  waiting: "waiting",
  accepted: "accepted by your node",
  delivered: "delivered",
  failed: "not sent",
} as const;

/** The mark beside what we wrote, and what it means; null for what others wrote. */
export function markOf({ state }: Entry): { symbol: string; words: string } | null {
  if (state === "waiting") return { symbol: "…", words: STATES.waiting };
  if (state === "accepted") return { symbol: "✓", words: STATES.accepted };
  if (state === "delivered") return { symbol: "✓✓", words: STATES.delivered };
  if (state === "failed") return { symbol: "!", words: STATES.failed };
  return null;
}

/** Why it waits or failed; null where nothing needs to be said. */
export function reasonOf({ state, reason }: Entry): string | null {
  if (reason === null || state === "delivered") return null;
  const words = REASONS[reason] ?? reason.replaceAll("_", " ");
  return state === "failed" ? `Not sent: ${words}` : `Waiting: ${words}`;
}

/** Online and where, or away. */
export function whereIs(person: PersonView): string {
  if (!isOnline(person)) return "away";
  const homeName = person.present[0]?.homeName ?? null;
  return homeName === null ? "online" : `online at ${homeName}`;
}

export function connectionWords(connection: Connection, homeName: string | null): string {
  switch (connection.state) {
    case "connecting":
      return "Connecting…";
    case "attached":
      return `Connected to ${homeName ?? "a node"}`;
    case "resuming":
      return "Connection lost, looking for another node…";
    case "refused":
      if (connection.code === "banned") {
        const reason = connection.detail === "" ? "" : `: ${connection.detail}`;
        return `A node has banned you${reason}. Looking for another…`;
      }
      return `A node said no (${connection.code}), trying again…`;
    case "replaced":
      return "Taken over elsewhere";
  }
}

const timeFormat = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const dayFormat = new Intl.DateTimeFormat(undefined, {
  weekday: "long",
  day: "numeric",
  month: "long",
});

export const timeOf = (sentAt: number): string => timeFormat.format(sentAt);
export const dayOf = (sentAt: number): string => dayFormat.format(sentAt);

/** A key as people compare it: groups of four. */
export const grouped = (key: string): string => key.match(/.{1,4}/g)?.join(" ") ?? "";

const COLOURS = 8;

/** One of a few colours, always the same for the same key. */
export function colourOf(key: string): number {
  let sum = 0;
  for (let at = 0; at < key.length; at++) sum = (sum * 31 + key.charCodeAt(at)) % 65_521;
  return sum % COLOURS;
}

/** The first letter of a name, as people see letters. */
export function initialOf(name: string): string {
  const [first] = new Intl.Segmenter().segment(name.trim());
  return (first?.segment ?? "?").toLocaleUpperCase();
}

/** What keeps a channel's name from being one; null for a good one. */
export function objectionToChannel(name: string): string | null {
  if (name === "") return "A channel needs a name.";
  if (name.startsWith("#")) return "Leave out the #.";
  // eslint-disable-next-line no-control-regex -- control characters are what this refuses
  if (/[\s\x00-\x1f\x7f]/.test(name)) return "A channel's name has no spaces.";
  return Array.from(name).length > 64 ? "At most 64 characters." : null;
}

/** What keeps a person's name from being one; null for a good one. */
export function objectionToName(name: string): string | null {
  if (name.trim() === "") return "Please type a name.";
  // eslint-disable-next-line no-control-regex -- control characters are what this refuses
  if (/[\x00-\x1f\x7f]/.test(name)) return "A name has no control characters.";
  return Array.from(name).length > 64 ? "At most 64 characters." : null;
}
