// Owns that the page's primitives judge every Wycheproof case as published.
// docs/protocol.md, sections 3.4 and 9. AES-GCM and HKDF come from two libraries each: chains step and
// open at once by @noble; the vault, and HPKE around its X-Wing, ask the browser.

import { Aes256Gcm, HkdfSha256 } from "@hpke/core";
import { XWing } from "@hpke/hybridkem-x-wing";
import { gcm } from "@noble/ciphers/aes.js";
import { hkdf } from "@noble/hashes/hkdf.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { sha3_256, sha3_512 } from "@noble/hashes/sha3.js";
import { describe, expect, test } from "vitest";

import { concat, encode, readUtf8, utf8 } from "../../src/protocol/encoding";
import { RemoteError } from "../../src/protocol/errors";
import { PublicKeys } from "../../src/protocol/keys";
import { open, publicKeyOf, seal } from "../../src/protocol/sealing";
import { unlockBytes } from "../../src/runtime/vault";
import { bytesOf, golden } from "../golden";

interface Case {
  readonly tcId: number;
  readonly result: "valid" | "invalid" | "acceptable";
  readonly flags: readonly string[];
}

interface File<Each> {
  readonly testGroups: readonly { readonly tests: readonly Each[] }[];
}

type Hex<Name extends string> = Case & Readonly<Record<Name, string>>;
type Signature = Hex<"msg" | "sig"> & { readonly publicKey: { readonly pk: string } };
type Exchange = Hex<"private" | "public" | "shared">;
type Sealed = Hex<"key" | "iv" | "aad" | "msg" | "ct" | "tag">;
type Derived = Hex<"ikm" | "salt" | "info" | "okm"> & { readonly size: number };

const hexOf = (bytes: ArrayBuffer | Uint8Array): string =>
  Buffer.from(new Uint8Array(bytes)).toString("hex");

/** The cases of one file, each with what its group says for all of its own. */
function published<Each extends Case>(name: string): Each[] {
  const file = golden(`wycheproof/${name}_test.json`) as File<Each>;
  return file.testGroups.flatMap(({ tests, ...group }) =>
    tests.map((each) => ({ ...group, ...each })),
  );
}

/** What a library makes of a case; null where it refuses. */
type Outcome = string | null;

/** The cases of which a library makes anything but what is right. */
async function disagreements<Each extends Case>(
  cases: readonly Each[],
  right: (each: Each) => readonly Outcome[],
  outcome: (each: Each) => Promise<Outcome>,
): Promise<number[]> {
  const found: number[] = [];
  for (const each of cases) {
    if (!right(each).includes(await outcome(each))) found.push(each.tcId);
  }
  return found;
}

async function orRefused(
  attempt: () => ArrayBuffer | Uint8Array | Promise<ArrayBuffer | Uint8Array>,
): Promise<Outcome> {
  try {
    return hexOf(await attempt());
  } catch {
    return null;
  }
}

/** The code with which a promise is refused; empty where it is kept. */
const codeOf = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => "",
    (error: unknown) => (error instanceof RemoteError ? error.code : String(error)),
  );

test("Ed25519, by our own check", async () => {
  const cases = published<Signature>("ed25519");

  const found = await disagreements(
    cases,
    ({ result }) => [result === "valid" ? "" : null],
    ({ publicKey, msg, sig }) =>
      orRefused(() => {
        new PublicKeys().verify(encode(bytesOf(publicKey.pk)), bytesOf(msg), bytesOf(sig));
        return new Uint8Array();
      }),
  );

  expect(cases.length).toBe(151);
  expect(found).toEqual([]);
});

describe("AES-GCM", () => {
  const cases = published<Sealed>("aes_gcm");
  const body = ({ ct, tag }: Sealed): Uint8Array<ArrayBuffer> => bytesOf(ct + tag);

  /** A nonce of another length than ours, which is always 12 bytes, a library may refuse to touch. */
  const right = ({ result, iv, msg }: Sealed): Outcome[] => {
    if (result === "invalid") return [null];
    return iv.length === 24 ? [msg] : [msg, null];
  };

  test("of chains", async () => {
    const found = await disagreements(cases, right, (each) =>
      orRefused(() =>
        gcm(bytesOf(each.key), bytesOf(each.iv), bytesOf(each.aad)).decrypt(body(each)),
      ),
    );

    expect(cases.length).toBe(316);
    expect(found).toEqual([]);
  });

  test("of HPKE, whose keys have 256 bits", async () => {
    const ours = cases.filter(({ key }) => key.length === 64);

    const found = await disagreements(ours, right, (each) => {
      const context = new Aes256Gcm().createEncryptionContext(bytesOf(each.key).buffer);
      const [iv, aad] = [bytesOf(each.iv).buffer, bytesOf(each.aad).buffer];
      return orRefused(() => context.open(iv, body(each).buffer, aad));
    });

    expect(ours.length).toBe(105);
    expect(found).toEqual([]);
  });

  test("of the vault, whose purposes are text", async () => {
    const ours = cases.filter(({ aad }) => {
      try {
        return utf8(readUtf8(bytesOf(aad))).length * 2 === aad.length;
      } catch {
        return false;
      }
    });

    const found = await disagreements(ours, right, (each) =>
      orRefused(async () => {
        const key = bytesOf(each.key);
        const lock = await crypto.subtle.importKey("raw", key, "AES-GCM", false, ["decrypt"]);
        const locked = { iv: bytesOf(each.iv), data: body(each).buffer };
        return unlockBytes(lock, readUtf8(bytesOf(each.aad)), locked);
      }),
    );

    expect(ours.length).toBe(262);
    expect(found).toEqual([]);
  });
});

describe("HKDF-SHA256", () => {
  const cases = published<Derived>("hkdf_sha256");
  const right = ({ result, okm }: Derived): Outcome[] => [result === "valid" ? okm : null];

  test("of chains", async () => {
    const found = await disagreements(cases, right, ({ ikm, salt, info, size }) =>
      orRefused(() => hkdf(sha256, bytesOf(ikm), bytesOf(salt), bytesOf(info), size)),
    );

    expect(cases.length).toBe(86);
    expect(found).toEqual([]);
  });

  test("of HPKE", async () => {
    const found = await disagreements(cases, right, ({ ikm, salt, info, size }) => {
      const [secret, salted] = [bytesOf(ikm).buffer, bytesOf(salt).buffer];
      return orRefused(() =>
        new HkdfSha256().extractAndExpand(salted, secret, bytesOf(info), size),
      );
    });

    expect(found).toEqual([]);
  });
});

describe("X25519, as one half of X-Wing", () => {
  const LATTICE_BYTES = 1_184;
  const INFO = utf8("from alice to bob");
  const LABEL = utf8("\\./" + "/^\\");
  const seed = new Uint8Array(32).fill(7);
  const cases = published<Exchange>("x25519");
  const isUseless = ({ flags }: Exchange): boolean => flags.includes("ZeroSharedSecret");
  const isRefused = (each: Exchange): boolean =>
    isUseless(each) || each.flags.includes("NonCanonicalPublic");

  test("every shared secret", async () => {
    const kem = new XWing();
    const lattice = (await publicKeyOf(seed)).slice(0, LATTICE_BYTES);
    // What ML-KEM shares for this message of 32 bytes. Source: FIPS 203, algorithm 17.
    const message = new Uint8Array(32).fill(9);
    const ofLattice = sha3_512(concat(message, sha3_256(lattice))).slice(0, 32);

    const found = await disagreements(
      cases,
      (each) => [isUseless(each) ? null : each.shared],
      async ({ private: secret, public: key, shared }) => {
        const recipient = concat(lattice, bytesOf(key)).slice().buffer;
        const recipientPublicKey = await kem.deserializePublicKey(recipient);
        const ekm = concat(message, bytesOf(secret)).slice().buffer;
        const made = await kem.encap({ recipientPublicKey, ekm }).catch(() => null);
        if (made === null) return null;
        const ofCurve = new Uint8Array(made.enc).slice(-32);
        const whole = concat(ofLattice, bytesOf(shared), ofCurve, bytesOf(key), LABEL);
        return hexOf(made.sharedSecret) === hexOf(sha3_256(whole)) ? shared : "another";
      },
    );

    expect(cases.length).toBe(518);
    expect(found).toEqual([]);
  });

  test("no useless key, and none in another text than its own, is sealed to or opened with", async () => {
    const lattice = (await publicKeyOf(seed)).slice(0, LATTICE_BYTES);
    const sealed = await seal(await publicKeyOf(seed), INFO, utf8("hello"));
    const special = cases.filter(
      (each) => isRefused(each) || !each.flags.includes("EdgeCaseMultiplication"),
    );

    const found = await disagreements(
      special,
      (each) => [isRefused(each) ? "bad_key, cannot_open" : ", cannot_open"],
      async ({ public: key }) => {
        const codes = await Promise.all([
          codeOf(seal(concat(lattice, bytesOf(key)), INFO, utf8("hello"))),
          codeOf(
            open(seed, INFO, concat(sealed.slice(0, 1_088), bytesOf(key), sealed.slice(1_120))),
          ),
        ]);
        return codes.join(", ");
      },
    );

    expect([special.length, special.filter(isRefused).length]).toEqual([129, 44]);
    expect(found).toEqual([]);
  });
});
