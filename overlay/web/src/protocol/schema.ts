/** The bounded field types of the wire. Everything that comes in passes through one of them. */

import { ADDRESS_CHARACTERS_MAX, CHANNEL_CHARACTERS_MAX, NAME_CHARACTERS_MAX } from "../limits";
import { decode } from "./encoding";
import { RemoteError } from "./errors";
import type { Address } from "./ids";

/** Takes any JSON value and gives a checked one, or raises `malformed`. */
export type Reader<Value> = (input: unknown, where: string) => Value;
export type ReadBy<Some> = Some extends Reader<infer Value> ? Value : never;

type Fields = Readonly<Record<string, Reader<unknown>>>;
type Reading<Some extends Fields> = { readonly [Name in keyof Some]: ReadBy<Some[Name]> };

export function malformed(where: string, what: string): RemoteError {
  return new RemoteError("malformed", `${where}: ${what}`);
}

/** A whole number from `minimum` to `maximum`, exact in every JSON implementation. */
export const integer =
  (maximum = Number.MAX_SAFE_INTEGER, minimum = 0): Reader<number> =>
  (input, where) => {
    if (!Number.isSafeInteger(input)) throw malformed(where, "not an integer");
    const value = input as number; // isSafeInteger says so, but not to the compiler
    if (value < minimum || value > maximum) throw malformed(where, "out of bounds");
    return value;
  };

export const boolean: Reader<boolean> = (input, where) => {
  if (typeof input !== "boolean") throw malformed(where, "not a boolean");
  return input;
};

/** Text of so many characters (code points), without half surrogate pairs. */
export const text =
  (maximum: number, minimum = 0): Reader<string> =>
  (input, where) => {
    if (typeof input !== "string" || !input.isWellFormed()) throw malformed(where, "not text");
    const isPlain = input.length <= maximum && input.length >= 2 * minimum;
    const characters = isPlain ? input.length : Array.from(input).length;
    if (characters < minimum || characters > maximum) throw malformed(where, "too short or long");
    return input;
  };

export const matching =
  <Value extends string>(pattern: RegExp): Reader<Value> =>
  (input, where) => {
    if (typeof input !== "string" || !pattern.test(input))
      throw malformed(where, "not of its form");
    return input as Value; // the pattern is what makes the name true
  };

/** Base64url of `sizeBytes` bytes, kept as text. */
export const base64url =
  <Value extends string>(sizeBytes: number): Reader<Value> =>
  (input, where) => {
    if (typeof input !== "string") throw malformed(where, "not text");
    decode(input, sizeBytes);
    return input as Value; // its only form was just checked
  };

/** Base64url of at most `characters`, 1 at least. */
export const sealed =
  (characters: number): Reader<string> =>
  (input, where) => {
    const value = matching<string>(/^[A-Za-z0-9_-]+$/)(input, where);
    if (value.length > characters) throw malformed(where, "too long");
    return value;
  };

export const oneOf =
  <const Choice extends string>(...choices: readonly Choice[]): Reader<Choice> =>
  (input, where) => {
    const choice = choices.find((each) => each === input);
    if (choice === undefined) throw malformed(where, "none of its values");
    return choice;
  };

export const several =
  <Value>(item: Reader<Value>, maximum: number, minimum = 0): Reader<readonly Value[]> =>
  (input, where) => {
    if (!Array.isArray(input)) throw malformed(where, "not an array");
    if (input.length < minimum || input.length > maximum) throw malformed(where, "out of bounds");
    return input.map((each) => item(each, where));
  };

/** An array of exactly one. */
export const single =
  <Value>(item: Reader<Value>): Reader<readonly [Value]> =>
  (input, where) => {
    if (!Array.isArray(input) || input.length !== 1) throw malformed(where, "not exactly one");
    return [item(input[0], where)];
  };

/** An array of exactly two. */
export const pair =
  <First, Second>(first: Reader<First>, second: Reader<Second>): Reader<readonly [First, Second]> =>
  (input, where) => {
    if (!Array.isArray(input) || input.length !== 2) throw malformed(where, "not exactly two");
    return [first(input[0], where), second(input[1], where)];
  };

/** `null`, or the value. */
export const nullable =
  <Value>(reader: Reader<Value>): Reader<Value | null> =>
  (input, where) =>
    input === null ? null : reader(input, where);

/** May be left out, or `null`: then it is `fallback`. */
export const optional =
  <Value, Fallback>(reader: Reader<Value>, fallback: Fallback): Reader<Value | Fallback> =>
  (input, where) =>
    input === undefined || input === null ? fallback : reader(input, where);

/** An object with these fields and no others. */
export const closed = <Some extends Fields>(fields: Some): Reader<Reading<Some>> =>
  objectOf(fields, (name) => Object.hasOwn(fields, name));

/** A message: an object with `type`, these fields and no others. */
export const message = <Some extends Fields>(fields: Some): Reader<Reading<Some>> =>
  objectOf(fields, (name) => name === "type" || Object.hasOwn(fields, name));

/** An object with these fields; others are ignored, since their signer may know more than we. */
export const open = <Some extends Fields>(fields: Some): Reader<Reading<Some>> =>
  objectOf(fields, () => true);

function objectOf<Some extends Fields>(
  fields: Some,
  mayHave: (name: string) => boolean,
): Reader<Reading<Some>> {
  const readers = Object.entries(fields);
  return (input, where) => {
    if (!isObject(input)) throw malformed(where, "not an object");
    if (!Object.keys(input).every(mayHave)) throw malformed(where, "an unknown field");
    const values = readers.map(([name, reader]) => [
      name,
      reader(Object.hasOwn(input, name) ? input[name] : undefined, name),
    ]);
    return Object.fromEntries(values) as Reading<Some>; // one value for each field, by its reader
  };
}

export function isObject(input: unknown): input is Record<string, unknown> {
  return typeof input === "object" && input !== null && !Array.isArray(input);
}

/** Parses JSON; raises `malformed`. Of a duplicate key the last counts. */
export function parseJson(json: string): unknown {
  try {
    return JSON.parse(json) as unknown;
  } catch {
    throw new RemoteError("malformed", "not JSON");
  }
}

export const COUNT = integer();
export const NUMBER = integer(Number.MAX_SAFE_INTEGER, 1);
export const id = <Id extends string>(): Reader<Id> => base64url<Id>(32);
export const HASH = base64url(32);
export const SALT = base64url(16);
export const SIGNATURE = base64url(64);
export const LABEL = matching<string>(/^[a-z0-9_-]{1,32}$/);
export const CODE = matching<string>(/^[a-z0-9_]{1,40}$/);

const characters = (from: string, maximum: number) => new RegExp(`^${from}{1,${maximum}}$`, "u");

export const NAME = matching<string>(
  characters("[^\\x00-\\x1f\\x7f\\ud800-\\udfff]", NAME_CHARACTERS_MAX),
);
export const CHANNEL = matching<string>(
  new RegExp(
    `^[^\\s\\x00-\\x1f\\x7f#\\ud800-\\udfff][^\\s\\x00-\\x1f\\x7f\\ud800-\\udfff]{0,${CHANNEL_CHARACTERS_MAX - 1}}$`,
    "u",
  ),
);
export const ADDRESS = matching<Address>(
  new RegExp(`^wss?://[^\\s\\x00-\\x1f\\ud800-\\udfff]{1,${ADDRESS_CHARACTERS_MAX - 6}}$`, "u"),
);
