/** The map's page: the picture, what is chosen in it, what changed, tables and legend. */

import { useState } from "preact/hooks";
import { seenByWords, summary } from "../../map/words";
import type { Give } from "../../map/control";
import { Details } from "./details";
import { Graph } from "./graph";
import { Legend } from "./legend";
import type { Entry, Model } from "./model";
import { Tables } from "./tables";

interface Props {
  readonly model: Model;
  readonly give: Give | null;
}

export function MapPage({ model, give }: Props) {
  const [selected, setSelected] = useState<string | null>(null);
  const { picture, fresh, entries } = model;
  const node = picture?.nodes.find(({ id }) => id === selected) ?? null;
  return (
    <div class="map">
      <Header model={model} />
      <main>
        {picture === null ? (
          <p class="waiting">One moment…</p>
        ) : (
          <Graph {...{ picture, fresh }} selected={node?.id ?? null} onSelect={setSelected} />
        )}
      </main>
      {picture !== null && (
        <aside aria-label="About the picture">
          <Details {...{ picture, node, give }} />
          <Changes entries={entries} />
          <Tables {...{ picture }} selected={node?.id ?? null} onSelect={setSelected} />
          <Legend />
        </aside>
      )}
    </div>
  );
}

function Header({ model: { picture, isLive } }: Pick<Props, "model">) {
  return (
    <header>
      <span class="logo" aria-hidden="true" />
      <div class="names">
        <h1>Overlay map</h1>
        {picture !== null && (
          <span class="detail" data-testid="summary">
            {picture.network}, {seenByWords(picture)}: {summary(picture)}
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
          {entries.map(({ id, at, words }) => (
            <li key={id}>
              <time>{at}</time> {words}
            </li>
          ))}
        </ol>
      </div>
    </section>
  );
}
