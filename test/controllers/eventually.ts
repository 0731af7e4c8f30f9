/** What must come to be so within a time: asked again and again, the last word told when it does not. */

import { until } from '../scenario/running-fedns.ts';

export async function eventually<T>(
  look: () => Promise<T>,
  isSo: (seen: T) => boolean,
  limitMs = 20_000,
): Promise<T> {
  let seen: { readonly value: T } | undefined;
  let failure: unknown;
  const came = await until(async () => {
    try {
      seen = { value: await look() };
      return isSo(seen.value);
    } catch (error) {
      failure = error;
      return false;
    }
  }, limitMs);
  if (came && seen !== undefined) return seen.value;
  throw new Error(`not within ${limitMs} ms; last seen: ${JSON.stringify(seen?.value)} ${failure}`);
}
