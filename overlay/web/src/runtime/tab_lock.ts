/** One page at a time for one identity: two of them would spend the same counters. */

const NAME = "overlay identity";

/**
 * Resolves when this page may use the identity, and holds it until the page is closed.
 *
 * `onBusy` is called where another page has it; then this waits until that one is closed.
 */
export function holdIdentity(onBusy: () => void): Promise<void> {
  const forever = new Promise<never>(() => undefined);
  return new Promise((resolve, reject) => {
    const hold = (): Promise<never> => {
      resolve();
      return forever;
    };
    const queue = (): void => {
      onBusy();
      navigator.locks.request(NAME, hold).catch(reject);
    };
    const holdOrQueue = (lock: Lock | null): Promise<never> | undefined => {
      if (lock !== null) return hold();
      queue();
      return undefined;
    };
    navigator.locks.request(NAME, { ifAvailable: true }, holdOrQueue).catch(reject);
  });
}
