// Owns what is promised of what this browser keeps.

import { IDBFactory } from "fake-indexeddb";
import { openDB } from "idb";
import "fake-indexeddb/auto";
import { beforeEach, expect, test } from "vitest";

import { row } from "../../src/machine/rows";
import { decode, utf8 } from "../../src/protocol/encoding";
import { PublicKeys } from "../../src/protocol/keys";
import { seal } from "../../src/protocol/sealing";
import { Store } from "../../src/runtime/store";
import { createSecrets, Vault } from "../../src/runtime/vault";

beforeEach(() => {
  globalThis.indexedDB = new IDBFactory();
});

test("rows come back as they were, changes in their order", async () => {
  const store = await Store.open();
  const { lock } = await createSecrets("alice");

  await Promise.all([
    store.change(lock, [row("outbox", "a", 1), row("outbox", "b", { text: "ü" })], []),
    store.change(lock, [row("outbox", "a", 2)], [{ table: "outbox", key: "b" }]),
    store.change(lock, [row("chain", "b", 3)], []),
  ]);

  const rows = await (await Store.open()).rows(lock);
  expect(rows).toHaveLength(2);
  expect(rows).toContainEqual(row("outbox", "a", 2));
  expect(rows).toContainEqual(row("chain", "b", 3));
});

test("nothing that is kept can be read without the browser's own key", async () => {
  const store = await Store.open();
  const secrets = await createSecrets("alice");
  await store.keepSecrets(secrets);
  await store.change(secrets.lock, [row("history", "1", "a secret that stands out")], []);

  const raw = await openDB("overlay", 1);
  const values = await raw.getAll("rows");
  const bytes = values.map(({ data }: { data: ArrayBuffer }) =>
    Buffer.from(data).toString("latin1"),
  );

  expect(bytes.join()).not.toContain("stands out");
  expect(secrets.lock.extractable).toBe(false);
  await expect(store.rows((await createSecrets("eve")).lock)).rejects.toThrow();
});

test("a row cannot take another's place", async () => {
  const store = await Store.open();
  const { lock } = await createSecrets("alice");
  await store.change(lock, [row("outbox", "a", 1)], []);
  const raw = await openDB("overlay", 1);
  await raw.put("rows", await raw.get("rows", ["outbox", "a"]), ["outbox", "b"]);

  await expect(store.rows(lock)).rejects.toThrow();
});

test("an identity comes back after a reload, and its keys still sign and open", async () => {
  const made = await createSecrets("alice");
  await (await Store.open()).keepSecrets(made);

  const kept = await (await Store.open()).secrets();
  if (kept === null) throw new Error("nothing was kept");
  const vault = new Vault(kept);
  const { client, account, sealingKey } = vault.identity;
  const message = utf8("signed with care");
  const keys = new PublicKeys();
  const sealed = await seal(decode(sealingKey), utf8("info"), message);

  expect(vault.identity).toEqual(new Vault(made).identity);
  keys.verify(client, message, await vault.sign("client", message));
  keys.verify(account, message, await vault.sign("account", message));
  expect(await vault.open(utf8("info"), sealed)).toEqual(message);
  expect(await vault.open(utf8("another"), sealed)).toBeNull();
});

test("signing keys are made so that nobody can take them out", async () => {
  const { client, account } = await createSecrets("alice");

  for (const secret of [client, account]) {
    if (secret.kind !== "browser") throw new Error("this engine knows Ed25519");
    await expect(crypto.subtle.exportKey("pkcs8", secret.key)).rejects.toThrow();
  }
});
