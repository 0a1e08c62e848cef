/** The sealing library, fetched from the node when it is first needed: a third of the page's code. */

import type * as sealing from "../protocol/sealing";

type Sealing = typeof sealing;

const load = (): Promise<Sealing> => import("../protocol/sealing");

export const publicKeyOf: Sealing["publicKeyOf"] = async (seed) => (await load()).publicKeyOf(seed);
export const seal: Sealing["seal"] = async (...all) => (await load()).seal(...all);
export const open: Sealing["open"] = async (...all) => (await load()).open(...all);
