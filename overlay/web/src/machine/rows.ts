/** What the machine asks to be kept: rows of JSON text under a table and a key. */

/** Every table, so that a store can be asked for all of them at the start. */
export type Table =
  | "client"
  | "signed"
  | "person"
  | "draft"
  | "outbox"
  | "sent_chain"
  | "chain"
  | "conversation"
  | "channel"
  | "heard"
  | "history"
  | "read";

export interface RowKey {
  readonly table: Table;
  readonly key: string;
}

/** One durable value. The machine writes and reads `value`; nobody else does. */
export interface Row extends RowKey {
  readonly value: string;
}

export const row = (table: Table, key: string, value: unknown): Row => ({
  table,
  key,
  value: JSON.stringify(value),
});

interface Kept<Value> {
  readonly key: string;
  readonly value: Value;
}

/** The keys and values of one table, as this machine wrote them: the caller says what it wrote. */
export const rowsOf = <Value>(rows: readonly Row[], table: Table): readonly Kept<Value>[] =>
  rows
    .filter((each) => each.table === table)
    .map(({ key, value }) => ({ key, value: JSON.parse(value) as Value })); // our own writing
