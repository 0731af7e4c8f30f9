/** The body of an answer, whole: bounded on the wire and after decompression. */

import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import type { Dispatcher } from 'undici';
import { ApiError } from '../api-error.ts';

const unzip = promisify(gunzip);

export interface BodyLimits {
  readonly octetsMax: number;
  readonly onHeard?: ((octets: number) => void) | undefined;
}

/** Throws ApiError API_GARBAGE past the limit, and whatever the connection says. */
export async function readBody(
  { body, headers }: Dispatcher.ResponseData,
  { octetsMax, onHeard }: BodyLimits,
): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let octets = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    octets += chunk.length;
    onHeard?.(chunk.length);
    // Leaving the loop ends the connection.
    if (octets > octetsMax) throw tooLong(octetsMax);
    chunks.push(chunk);
  }
  const bytes = Buffer.concat(chunks);
  if (headers['content-encoding'] !== 'gzip') return bytes;
  try {
    return await unzip(bytes, { maxOutputLength: octetsMax });
  } catch (error) {
    if (error instanceof RangeError) throw tooLong(octetsMax);
    throw new ApiError('API_GARBAGE', 'the answer is damaged gzip', { cause: error });
  }
}

function tooLong(octetsMax: number): ApiError {
  return new ApiError('API_GARBAGE', `the answer is longer than ${octetsMax} octets`);
}
