/**
 * How its owner wants a shard's addresses to be asked: text of the annotations -> checked values.
 * What a contributor has stored is held to the same bounds, for every octet is sent to somebody.
 */

/** Asked by HTTP(S) at this port. */
export interface StatusProbe {
  readonly scheme: 'http' | 'https';
  readonly port: number;
  /** With its leading slash, perhaps with a query. */
  readonly path: string;
}

export type ProbeWish = 'none' | number | StatusProbe;

/** Inclusive. */
export type StatusRange = readonly [from: number, to: number];

/** Our choice, as the kubelet's: what redirects does answer. */
export const PROBE_STATUSES: StatusRange = [200, 399];
/** Our choice: a path is sent every period, and rests in the store with each shard. */
export const PROBE_PATH_LENGTH_MAX = 512;
export const PORT_MAX = 65_535;
/** RFC 1035 section 2.3.4, as text. */
const NAME_LENGTH_MAX = 253;
const LABELS = '[A-Za-z0-9_-]{1,63}(?:\\.[A-Za-z0-9_-]{1,63})*';
const NAME = new RegExp(`^${LABELS}$`);
const HOST = new RegExp(`^(?:${LABELS}|\\[[0-9A-Fa-f:.]{2,45}\\])(?::[0-9]{1,5})?$`);

/** What may stand in a request line (RFC 9112 section 3.2.1): visible ASCII, no fragment. */
export function isProbePath(text: string): boolean {
  return text.length <= PROBE_PATH_LENGTH_MAX && /^\/[!-"$-~]*$/.test(text);
}

/** A Host header (RFC 9110 section 7.2): a name or an address, perhaps with a port. */
export function isProbeHost(text: string): boolean {
  return text.length <= NAME_LENGTH_MAX && HOST.test(text);
}

/** A name that a certificate may carry. */
export function isTlsName(text: string): boolean {
  return text.length <= NAME_LENGTH_MAX && NAME.test(text);
}

/** 1xx are never the end of an answer (RFC 9110 section 15.2). */
export function isStatusRange([from, to]: StatusRange): boolean {
  return Number.isInteger(from) && Number.isInteger(to) && from >= 200 && to <= 599 && from <= to;
}

/** `none`, a port, `http:PORT/path`, `https:PORT/path`; undefined: none of them. */
export function readProbe(text: string): ProbeWish | undefined {
  if (text === 'none') return text;
  const [, scheme, digits, path] = /^(?:(https?):)?([0-9]{1,5})(\/.*)?$/s.exec(text) ?? [];
  const port = Number(digits);
  if (!(port >= 1 && port <= PORT_MAX)) return undefined;
  if (scheme === undefined) return path === undefined ? port : undefined;
  const asked = path ?? '/';
  if ((scheme !== 'http' && scheme !== 'https') || !isProbePath(asked)) return undefined;
  return { scheme, port, path: asked };
}

/** `200`, `200-399`; undefined: neither. */
export function readStatuses(text: string): StatusRange | undefined {
  const [, from, to] = /^([0-9]{3})(?:\s*-\s*([0-9]{3}))?$/.exec(text) ?? [];
  const range: StatusRange = [Number(from), Number(to ?? from)];
  return isStatusRange(range) ? range : undefined;
}
