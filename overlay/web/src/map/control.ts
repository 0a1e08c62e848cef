/** What may be done to the nodes of a demo, by who has its token. */

export type Order =
  | { readonly do: "kill" | "pause" | "revive"; readonly node: string }
  | { readonly do: "cut" | "mend"; readonly node: string; readonly other: string };

export interface Outcome {
  readonly isDone: boolean;
  readonly words: string;
}

/** Gives an order; comes back once it is carried out or refused. */
export type Give = (order: Order) => Promise<Outcome>;

/** The token in a page's fragment; browsers keep that part to themselves. */
export const tokenIn = (fragment: string): string | null =>
  new URLSearchParams(fragment.replace(/^#/, "")).get("token");

/** How to give orders here; null where there is no token, or another one is wanted. */
export async function claim(
  address: string,
  fragment: string,
  ask: typeof fetch = fetch,
): Promise<Give | null> {
  const token = tokenIn(fragment);
  if (token === null) return null;
  const headers = { authorization: `Bearer ${token}` };
  const asked = await ask(address, { headers }).catch(() => null);
  if (asked?.ok !== true) return null;
  return async (order) => {
    try {
      const body = JSON.stringify(order);
      return await outcomeOf(await ask(address, { method: "POST", headers, body }));
    } catch {
      return { isDone: false, words: "The demo does not answer." };
    }
  };
}

async function outcomeOf(response: Response): Promise<Outcome> {
  const { ok, detail } = (await response.json()) as { ok: boolean; detail: string };
  return { isDone: ok, words: ok ? `${detail}.` : `Not done: ${detail}.` };
}
