/**
 * Errors for text and bytes that a peer, a file or a person got wrong (design: "peer said
 * something wrong"). The query path returns codes and never throws these.
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
