/** The map's page: the picture, what is chosen in it, what changed, tables and legend. */

import type { ComponentChildren } from "preact";
import { useCallback, useEffect, useState } from "preact/hooks";
import { seenByWords, summary, timeWords } from "../../map/words";
import type { Give } from "../../map/control";
import { Details } from "./details";
import { Graph } from "./graph";
import { Legend } from "./legend";
import type { Entry, Model } from "./model";
import { LinksTable, NodesTable, Troubles } from "./tables";

/** The rows of 50 nodes are made in so many frames. */
const AFTER_NODES = 7;

interface Props {
  readonly model: Model;
  readonly give: Give | null;
}

export function MapPage({ model, give }: Props) {
  const [selected, setSelected] = useState<string | null>(null);
  const [isWhole, setIsWhole] = useState(false);
  const onWhole = useCallback(() => {
    setIsWhole(true);
  }, []);
  const { picture, fresh, entries } = model;
  const node = picture?.nodes.find(({ id }) => id === selected) ?? null;
  const choice = { selected: node?.id ?? null, onSelect: setSelected };
  return (
    <div class="map">
      <Header model={model} />
      <main>
        {picture === null ? (
          <p class="waiting">One moment…</p>
        ) : (
          <Graph {...{ picture, fresh, ...choice, onWhole }} />
        )}
      </main>
      {picture !== null && (
        <aside aria-label="About the picture">
          <Details {...{ picture, node, give }} />
          <Changes entries={entries} />
          {isWhole && (
            <>
              <NodesTable {...{ picture, ...choice }} />
              <Later frames={AFTER_NODES}>
                <LinksTable picture={picture} />
              </Later>
              <Later frames={AFTER_NODES + 1}>
                <Troubles picture={picture} />
                <Legend />
              </Later>
            </>
          )}
        </aside>
      )}
    </div>
  );
}

interface LaterProps {
  /** So many after it is first asked for. */
  readonly frames: number;
  readonly children: ComponentChildren;
}

/** Waits until other things are made: all of a large picture in one frame would hold it up. */
function Later({ frames, children }: LaterProps) {
  const [left, setLeft] = useState(frames);
  useEffect(() => {
    if (left === 0) return;
    const frame = requestAnimationFrame(() => {
      setLeft(left - 1);
    });
    return () => {
      cancelAnimationFrame(frame);
    };
  }, [left]);
  return left === 0 ? <>{children}</> : null;
}

function Header({ model: { picture, isLive } }: Pick<Props, "model">) {
  return (
    <header>
      <span class="logo" aria-hidden="true" />
      <div class="names">
        <h1>Overlay map</h1>
        {picture !== null && (
          <span class="detail" data-testid="summary">
            {seenByWords(picture)}: {summary(picture)}
          </span>
        )}
      </div>
      <span
        class={`connection ${isLive ? "attached" : "lost"}`}
        role="status"
        data-testid="feed-state"
        data-live={isLive}
      >
        <span class="dot" aria-hidden="true" />
        {isLive ? "live" : picture === null ? "connecting" : "lost; this is the last that was seen"}
      </span>
    </header>
  );
}

function Changes({ entries }: { readonly entries: readonly Entry[] }) {
  return (
    <section aria-labelledby="changes-heading" class="changes">
      <h2 id="changes-heading">What has changed</h2>
      {entries.length === 0 && <p class="hint">Nothing since this page was opened.</p>}
      <div role="log" aria-labelledby="changes-heading" data-testid="changes" tabindex={0}>
        <ol>
          {entries.map(({ id, atMs, words }) => (
            <li key={id}>
              <time>{timeWords(atMs)}</time> {words}
            </li>
          ))}
        </ol>
      </div>
    </section>
  );
}
