/** Where an identity and its rows are kept: IndexedDB of this browser, every value locked. */

import { openDB, type DBSchema, type IDBPDatabase } from "idb";
import type { Row, RowKey, Table } from "../machine/rows";
import { readUtf8, utf8 } from "../protocol/encoding";
import { lockBytes, unlockBytes, type Locked, type Secrets } from "./vault";

interface Schema extends DBSchema {
  identity: { key: string; value: Secrets };
  rows: { key: [string, string]; value: Locked };
}

const NAME = "overlay";
const VERSION = 1;
const ONLY = "ours";

const purposeOf = ({ table, key }: RowKey): string => `row ${table} ${key}`;

export class Store {
  private readonly database: IDBPDatabase<Schema>;
  /** Changes are written in the order in which they were asked for. */
  private last: Promise<unknown> = Promise.resolve();

  private constructor(database: IDBPDatabase<Schema>) {
    this.database = database;
  }

  static async open(): Promise<Store> {
    const database = await openDB<Schema>(NAME, VERSION, {
      upgrade: (fresh) => {
        fresh.createObjectStore("identity");
        fresh.createObjectStore("rows");
      },
    });
    return new Store(database);
  }

  async secrets(): Promise<Secrets | null> {
    return (await this.database.get("identity", ONLY)) ?? null;
  }

  async keepSecrets(secrets: Secrets): Promise<void> {
    await this.database.put("identity", secrets, ONLY);
  }

  /** Every row that is kept. Rejects where one is not what we locked. */
  async rows(lock: CryptoKey): Promise<Row[]> {
    const [keys, values] = await Promise.all([
      this.database.getAllKeys("rows"),
      this.database.getAll("rows"),
    ]);
    const rows = keys.map(async ([table, key], at): Promise<Row> => {
      const row = { table: table as Table, key }; // only `change` writes here
      const locked = values[at];
      if (locked === undefined) throw new RangeError("a key without its value");
      return { ...row, value: readUtf8(await unlockBytes(lock, purposeOf(row), locked)) };
    });
    return Promise.all(rows);
  }

  /** Makes rows durable and forgets others, all or none of it. */
  change(lock: CryptoKey, rows: readonly Row[], forget: readonly RowKey[]): Promise<void> {
    const change = this.last.then(() => this.write(lock, rows, forget));
    this.last = change.catch(() => undefined);
    return change;
  }

  private async write(
    lock: CryptoKey,
    rows: readonly Row[],
    forget: readonly RowKey[],
  ): Promise<void> {
    // Before the transaction: it would end while the browser encrypts.
    const locked = await Promise.all(
      rows.map(async (row) => ({
        row,
        value: await lockBytes(lock, purposeOf(row), utf8(row.value)),
      })),
    );
    const transaction = this.database.transaction("rows", "readwrite", { durability: "strict" });
    const changes = [
      ...locked.map(({ row, value }) => transaction.store.put(value, [row.table, row.key])),
      ...forget.map(({ table, key }) => transaction.store.delete([table, key])),
    ];
    await Promise.all([...changes, transaction.done]);
  }
}
