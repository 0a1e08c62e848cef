/** The map's page: the picture, what is chosen in it, what changed, tables and legend. */

import { useEffect, useState } from "preact/hooks";
import { seenByWords, summary } from "../../map/words";
import type { Give } from "../../map/control";
import { Details } from "./details";
import { Graph } from "./graph";
import { Legend } from "./legend";
import type { Entry, Model } from "./model";
import { LinksTable, NodesTable, Troubles } from "./tables";

/** What is beside the picture comes in so many frames after it. */
const STEPS = 4;

interface Props {
  readonly model: Model;
  readonly give: Give | null;
}

export function MapPage({ model, give }: Props) {
  const [selected, setSelected] = useState<string | null>(null);
  const { picture, fresh, entries } = model;
  const step = useSteps(picture !== null);
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
          {step > 1 && (
            <NodesTable {...{ picture }} selected={node?.id ?? null} onSelect={setSelected} />
          )}
          {step > 2 && <LinksTable picture={picture} />}
          {step > 3 && <Troubles picture={picture} />}
          {step > 0 && <Legend />}
        </aside>
      )}
    </div>
  );
}

/** Counts frames from the first picture on: all of a large one in one frame would hold it up. */
function useSteps(hasBegun: boolean): number {
  const [step, setStep] = useState(0);
  useEffect(() => {
    if (!hasBegun || step >= STEPS) return;
    const frame = requestAnimationFrame(() => {
      setStep(step + 1);
    });
    return () => {
      cancelAnimationFrame(frame);
    };
  }, [hasBegun, step]);
  return step;
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
