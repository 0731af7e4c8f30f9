/** Some of many things at once: commits that do not wait for each other. */

import { WRITER_COMMITS_AT_ONCE } from './limits.ts';

/** A few at once; after the first failure nothing new is begun, and it is thrown. */
export async function atOnce<T>(
  items: readonly T[],
  run: (item: T) => Promise<void>,
): Promise<void> {
  let index = 0;
  let hasFailed = false;
  const lane = async () => {
    while (index < items.length && !hasFailed) {
      const item = items[index++];
      if (item === undefined) return;
      try {
        await run(item);
      } catch (error) {
        hasFailed = true;
        throw error;
      }
    }
  };
  const lanes = Array.from({ length: Math.min(WRITER_COMMITS_AT_ONCE, items.length) }, lane);
  const ended = await Promise.allSettled(lanes);
  const failed = ended.find((each) => each.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}
