/** The first page that anybody sees: name yourself. */

import { useState } from "preact/hooks";
import { NAME_CHARACTERS_MAX } from "../limits";
import { objectionToName } from "./words";

interface Props {
  readonly onName: (name: string) => void;
  readonly isBusy: boolean;
}

export function Welcome({ onName, isBusy }: Props) {
  const [name, setName] = useState("");
  const [objection, setObjection] = useState<string | null>(null);
  const submit = (event: Event): void => {
    event.preventDefault();
    const found = objectionToName(name);
    setObjection(found);
    if (found === null) onName(name.trim().toWellFormed());
  };
  return (
    <main class="welcome">
      <form class="card" onSubmit={submit} noValidate>
        <span class="logo" aria-hidden="true" />
        <h1>Overlay</h1>
        <p>
          A chat without a centre. What you write to a person is sealed on this device, and only
          theirs can open it.
        </p>
        <label for="name">What should people call you?</label>
        <input
          id="name"
          data-testid="name-field"
          autocomplete="nickname"
          maxLength={NAME_CHARACTERS_MAX}
          value={name}
          disabled={isBusy}
          aria-invalid={objection !== null}
          aria-describedby="name-help"
          onInput={(event) => {
            setName(event.currentTarget.value);
            setObjection(null);
          }}
          ref={focusOnce}
        />
        <p id="name-help" class={objection === null ? "hint" : "objection"} role="status">
          {objection ?? "Names need not be unique: your keys are what tells you apart."}
        </p>
        <button type="submit" class="primary" data-testid="connect-button" disabled={isBusy}>
          {isBusy ? "Making your keys…" : "Start"}
        </button>
        <p class="hint">
          Your keys are made in this browser and stay in it. Whoever clears its data clears them.
        </p>
      </form>
    </main>
  );
}

const focused = new WeakSet<HTMLElement>();

function focusOnce(element: HTMLInputElement | null): void {
  if (element === null || focused.has(element)) return;
  focused.add(element);
  element.focus();
}
