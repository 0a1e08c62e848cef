/** One chat: who it is with, what was said, and where to write. */

import { Fragment } from "preact";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { isOnline, placeKey, type PersonView, type Place } from "../machine/requests";
import type { Entry } from "../machine/state/history";
import { Avatar } from "./avatar";
import { Composer } from "./composer";
import { Line } from "./line";
import { entriesAt, type Model } from "./model";
import { connectionWords, dayOf, grouped, whereIs } from "./words";

interface Props {
  readonly model: Model;
  readonly place: Place;
  readonly onSay: (text: string) => Promise<string | null>;
  readonly onSeen: () => void;
  readonly onBack: () => void;
  readonly onLeave: (channel: string) => void;
}

export function Conversation({ model, place, onSay, onSeen, onBack, onLeave }: Props) {
  const entries = entriesAt(model, place);
  const key = placeKey(place);
  const last = entries.at(-1)?.sequence;
  useEffect(() => {
    const see = (): void => {
      if (document.visibilityState === "visible") onSeen();
    };
    see();
    document.addEventListener("visibilitychange", see);
    return () => {
      document.removeEventListener("visibilitychange", see);
    };
    // Only what is shown matters: the place, and its last line.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [key, last]);
  const title = titleOf(model, place);
  return (
    <section class="conversation" aria-label={`Chat with ${title}`} data-testid="conversation">
      <header class="bar">
        <button type="button" class="back" onClick={onBack} data-testid="back-button">
          <span aria-hidden="true">‹</span>
          <span class="unseen">Back to all chats</span>
        </button>
        {place.kind === "person" ? (
          <PersonBar person={model.people.get(place.account)} />
        ) : (
          <ChannelBar channel={place.channel} onLeave={onLeave} />
        )}
      </header>
      <Offline model={model} />
      <Log key={key} entries={entries} title={title} isPublic={place.kind === "channel"} />
      <Composer key={`composer ${key}`} title={title} place={place} onSay={onSay} />
    </section>
  );
}

/** Where the list is hidden, and with it what it says of our connection. */
function Offline({ model }: { readonly model: Model }) {
  const { connection } = model;
  return (
    <div class="offline" role="status">
      {connection.state !== "attached" && <p>{connectionWords(connection, null)}</p>}
    </div>
  );
}

const titleOf = (model: Model, place: Place): string =>
  place.kind === "channel" ? `#${place.channel}` : (model.people.get(place.account)?.name ?? "");

function PersonBar({ person }: { readonly person: PersonView | undefined }) {
  if (person === undefined) return null;
  return (
    <>
      <Avatar name={person.name} of={person.account} isOnline={isOnline(person)} />
      <div class="names">
        <h2 data-testid="conversation-title">{person.name}</h2>
        <span class="detail">{whereIs(person)}</span>
      </div>
      <details class="keys">
        <summary>Keys</summary>
        <div class="card">
          <p>Compare this with {person.name} to be sure that nobody stands between you:</p>
          <code>{grouped(person.account)}</code>
          <p class="hint">
            {person.clients.length === 1
              ? "One device speaks for this key."
              : `${person.clients.length} devices speak for this key.`}
          </p>
        </div>
      </details>
    </>
  );
}

function ChannelBar({
  channel,
  onLeave,
}: {
  readonly channel: string;
  readonly onLeave: (channel: string) => void;
}) {
  return (
    <>
      <span class="avatar hash" aria-hidden="true">
        #
      </span>
      <div class="names">
        <h2 data-testid="conversation-title">{channel}</h2>
        <span class="detail public">Public: anyone can read what is said here</span>
      </div>
      <button
        type="button"
        class="quiet"
        data-testid="leave-button"
        onClick={() => {
          onLeave(channel);
        }}
      >
        Leave
      </button>
    </>
  );
}

interface LogProps {
  readonly entries: readonly Entry[];
  readonly title: string;
  readonly isPublic: boolean;
}

/** Follows the newest line, unless somebody has scrolled up to read. */
function Log({ entries, title, isPublic }: LogProps) {
  const box = useRef<HTMLDivElement>(null);
  const follows = useRef(true);
  const lastTop = useRef(0);
  const isOwnLast = entries.at(-1)?.from === null;
  useLayoutEffect(() => {
    const element = box.current;
    if (element === null || !(follows.current || isOwnLast)) return;
    element.scrollTop = element.scrollHeight;
  }, [entries, isOwnLast]);
  return (
    <div
      class="log"
      ref={box}
      role="log"
      aria-live="polite"
      aria-label={`Messages with ${title}`}
      data-testid="messages"
      tabIndex={0}
      onScroll={({ currentTarget: { scrollHeight, scrollTop, clientHeight } }) => {
        // Lines that arrive while we scroll move the end away: only going up is leaving it.
        const isAtEnd = scrollHeight - scrollTop - clientHeight < FOLLOW_PIXELS;
        follows.current = isAtEnd || (follows.current && scrollTop >= lastTop.current);
        lastTop.current = scrollTop;
      }}
    >
      <ol>
        {entries.length === 0 && <li class="day">{isPublic ? NOTHING_PUBLIC : NOTHING_SEALED}</li>}
        <Lines entries={entries} isPublic={isPublic} />
      </ol>
    </div>
  );
}

/** How near to its end a log still counts as being read at its end. */
const FOLLOW_PIXELS = 60;
const NOTHING_PUBLIC = "Nothing was said here since you joined.";
const NOTHING_SEALED = "Say hello: it is sealed for them alone.";

function Lines({ entries, isPublic }: Omit<LogProps, "title">) {
  let day = "";
  return entries.map((entry, at) => {
    const { sequence, sentAt } = entry;
    // A notice has no time of its own.
    const itsDay = sentAt === 0 ? day : dayOf(sentAt);
    const isNewDay = itsDay !== day;
    day = itsDay;
    return (
      <Fragment key={sequence}>
        {isNewDay && <li class="day">{itsDay}</li>}
        <Line entry={entry} before={entries[at - 1]} isPublic={isPublic} />
      </Fragment>
    );
  });
}
