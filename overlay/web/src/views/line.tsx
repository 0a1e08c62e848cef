/** One line of a chat. Texts are only ever shown as text. */

import type { Entry } from "../machine/state/history";
import { markOf, reasonOf, timeOf } from "./words";

interface Props {
  readonly entry: Entry;
  readonly before: Entry | undefined;
  readonly isPublic: boolean;
}

/** Lines of one person that follow each other this closely stand together. */
const TOGETHER_MS = 5 * 60_000;

export function Line({ entry, before, isPublic }: Props) {
  if (entry.state === "notice") return <KeysChangedLine entry={entry} />;
  const isOwn = entry.from === null;
  const author = entry.from?.name ?? "";
  const mark = markOf(entry);
  const reason = reasonOf(entry);
  const isTogether =
    before !== undefined &&
    before.state !== "notice" &&
    before.from?.account === entry.from?.account &&
    entry.sentAt - before.sentAt < TOGETHER_MS;
  return (
    <li
      class={`line ${isOwn ? "own" : "other"}${isTogether ? " together" : ""} ${entry.state}`}
      data-testid="message"
      data-state={entry.state}
      data-reason={entry.reason ?? ""}
      data-own={isOwn}
      data-from={author}
    >
      {entry.followsGap && <p class="gap">Something that was said before this is missing.</p>}
      <div class="bubble">
        {isPublic && !isOwn && !isTogether && <span class="author">{author}</span>}
        <span class="unseen">{isOwn ? "You: " : `${author}: `}</span>
        <span class="text" data-testid="message-text" dir="auto">
          {entry.text}
        </span>
        <span class="meta">
          <time dateTime={new Date(entry.sentAt).toISOString()}>{timeOf(entry.sentAt)}</time>
          {mark !== null && (
            <span class="mark" title={mark.words}>
              <span aria-hidden="true">{mark.symbol}</span>
              <span class="unseen"> {mark.words}</span>
            </span>
          )}
        </span>
      </div>
      {reason !== null && <p class="reason">{reason}</p>}
    </li>
  );
}

function KeysChangedLine({ entry }: { readonly entry: Entry }) {
  const name = entry.from?.name ?? "";
  return (
    <li
      class="notice-line"
      data-testid="message"
      data-state="notice"
      data-reason={entry.reason ?? ""}
    >
      <strong>The keys of {name} changed here.</strong> If {name} did not tell you about a new
      device, ask before you trust what follows.
    </li>
  );
}
