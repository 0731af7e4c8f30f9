/**
 * Octets as they come -> one parsed JSON value a line, whatever the cuts between chunks fall on.
 * A line that is none, or one without end, is an ApiError API_GARBAGE.
 */

import { ApiError } from './api-error.ts';

const LINE_FEED = 10;
export async function* jsonLines(
  chunks: AsyncIterable<Uint8Array>,
  lineOctetsMax: number,
): AsyncGenerator<unknown> {
  let held: Uint8Array[] = [];
  let heldOctets = 0;
  for await (const chunk of chunks) {
    let from = 0;
    for (let at = chunk.indexOf(LINE_FEED); at >= 0; at = chunk.indexOf(LINE_FEED, from)) {
      const line = Buffer.concat([...held, chunk.subarray(from, at)]).toString('utf8');
      [held, heldOctets, from] = [[], 0, at + 1];
      if (line.trim() !== '') yield parsed(line);
    }
    if (from === chunk.length) continue;
    held.push(chunk.subarray(from));
    heldOctets += chunk.length - from;
    if (heldOctets > lineOctetsMax)
      throw new ApiError('API_GARBAGE', `a line of more than ${lineOctetsMax} octets`);
  }
  if (heldOctets > 0) throw new ApiError('API_GARBAGE', 'cut in the middle of a line');
}
function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch (error) {
    throw new ApiError('API_GARBAGE', 'a line that is no JSON', { cause: error });
  }
}
