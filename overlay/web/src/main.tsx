/** The page's start: holds the identity, finds or makes it, and starts its client. */

import { render } from "preact";
import type { Fact } from "./machine/facts";
import { addressOf, PageClient } from "./runtime/page_client";
import { Store } from "./runtime/store";
import { holdIdentity } from "./runtime/tab_lock";
import { createSecrets, type Secrets } from "./runtime/vault";
import { App, type Stage } from "./views/app";
import "./views/page.css";

const place = document.getElementById("page");
if (place === null) throw new Error("index.html has no element with the id page");

function show(stage: Stage, onName: (name: string) => void = () => undefined): void {
  if (place !== null) render(<App stage={stage} onName={onName} />, place);
}

function fail(error: unknown): void {
  const reason = error instanceof Error ? error.message : String(error);
  show({ type: "broken", reason });
}

async function start(): Promise<void> {
  if (!isSecureContext) {
    throw new Error(
      "Browsers keep keys only for secure pages: open it as http://localhost or 127.0.0.1.",
    );
  }
  show({ type: "loading" });
  await holdIdentity(() => {
    show({ type: "elsewhere" });
  });
  const store = await Store.open();
  const secrets = await store.secrets();
  if (secrets === null) askForName(store);
  else await talk(store, secrets);
}

function askForName(store: Store): void {
  const onName = (name: string): void => {
    show({ type: "nameless", isBusy: true });
    createSecrets(name)
      .then(async (secrets) => {
        await store.keepSecrets(secrets);
        await talk(store, secrets);
      })
      .catch(fail);
  };
  show({ type: "nameless", isBusy: false }, onName);
}

async function talk(store: Store, secrets: Secrets): Promise<void> {
  const listeners = new Set<(fact: Fact) => void>();
  const client = await PageClient.load(store, secrets, addressOf(location), (fact) => {
    for (const listener of listeners) listener(fact);
  });
  const talker = {
    snapshot: () => client.snapshot(),
    ask: client.ask.bind(client),
    listen: (listener: (fact: Fact) => void) => {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
  };
  show({ type: "talking", talker, name: secrets.name });
  addEventListener("pagehide", () => {
    client.stop();
  });
  client.start();
}

// A page that the browser took out of its memory has said goodbye already.
addEventListener("pageshow", ({ persisted }) => {
  if (persisted) location.reload();
});
addEventListener("unhandledrejection", ({ reason }) => {
  fail(reason);
});
addEventListener("error", ({ error }) => {
  if (error !== undefined && error !== null) fail(error);
});
start().catch(fail);
