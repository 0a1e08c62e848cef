/** Stands where two libraries would take Node's `crypto` if a browser had none. Browsers have one. */

export const webcrypto = undefined;
