/**
 * Errors for text and bytes that a peer, a file or a person got wrong. The query path returns codes
 * and never throws these.
 */

/** A file, flag, zone-file line or store value is wrong; `path` says where. */
export class InputError extends Error {
  override readonly name = 'InputError';
  readonly code: string;
  readonly path: string | undefined;

  constructor(code: string, message: string, path?: string) {
    super(message);
    this.code = code;
    this.path = path;
  }
}

/** What and where of an error; an InputError's place is led in where its text lacks it. */
export function problemOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const path = error instanceof InputError ? error.path : undefined;
  return path === undefined || error.message.includes(path)
    ? error.message
    : `${path}: ${error.message}`;
}

/** A DNS message is wrong at `offset` (octets from its start). Cold path only. */
export class WireError extends Error {
  override readonly name = 'WireError';
  readonly code: string;
  readonly offset: number;

  constructor(code: string, offset: number) {
    super(`${code} at offset ${offset}`);
    this.code = code;
    this.offset = offset;
  }
}
