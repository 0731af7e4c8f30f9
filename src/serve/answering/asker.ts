/** Asker: the client of a query, as a transport knows it. */

/** `address`: 4 or 16 octets. `protocol` indexes PROTOCOLS. */
export interface Asker {
  readonly address: Uint8Array;
  readonly protocol: number;
}
