/** What of the page is shown: busy elsewhere, without a name, talking, or broken. */

import type { Talker } from "./messenger";
import { Messenger } from "./messenger";
import { Welcome } from "./welcome";

export type Stage =
  | { readonly type: "loading" }
  /** Another page of this browser has the identity. */
  | { readonly type: "elsewhere" }
  | { readonly type: "nameless"; readonly isBusy: boolean }
  | { readonly type: "talking"; readonly talker: Talker; readonly name: string }
  | { readonly type: "broken"; readonly reason: string };

interface Props {
  readonly stage: Stage;
  readonly onName: (name: string) => void;
}

export function App({ stage, onName }: Props) {
  switch (stage.type) {
    case "loading":
      return <Message title="Overlay" text="One moment…" />;
    case "elsewhere":
      return (
        <Message
          title="Already open"
          text="You are using Overlay in another tab. Close that one, and this one continues by itself."
        />
      );
    case "nameless":
      return <Welcome onName={onName} isBusy={stage.isBusy} />;
    case "talking":
      return <Messenger talker={stage.talker} name={stage.name} />;
    case "broken":
      return <Message title="This does not work here" text={stage.reason} />;
  }
}

function Message({ title, text }: { readonly title: string; readonly text: string }) {
  return (
    <main class="welcome">
      <div class="card" role="status" data-testid="page-message">
        <span class="logo" aria-hidden="true" />
        <h1>{title}</h1>
        <p>{text}</p>
      </div>
    </main>
  );
}
