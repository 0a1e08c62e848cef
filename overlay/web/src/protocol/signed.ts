/** What carries a signature: text exactly as its signer wrote it. docs/protocol.md, section 3.1. */

import { BATCH_LEAVES_MAX, SIGNED_CHARACTERS_MAX } from "../limits";
import {
  HASH,
  LABEL,
  SIGNATURE,
  base64url,
  closed,
  integer,
  several,
  text,
  type ReadBy,
} from "./schema";

export const SIGNED = closed({
  kind: LABEL,
  signer: base64url(32),
  signed: text(SIGNED_CHARACTERS_MAX, 2),
  signature: SIGNATURE,
  index: integer(BATCH_LEAVES_MAX - 1),
  path: several(HASH, 6),
});

export type Signed = ReadBy<typeof SIGNED>;
