/** What is asked of one address, and the key under which equal questions are asked once. */

export interface StatusCheck {
  readonly kind: 'http' | 'https';
  readonly path: string;
  /** Inclusive range of good statuses; 1xx are never seen. */
  readonly statuses: readonly [number, number];
  /** Host header, and SNI when there is no `tlsName`; the address itself when absent. */
  readonly host?: string;
  /** The certificate must be trusted and carry this name; absent: any certificate will do. */
  readonly tlsName?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export type ProbeCheck = { readonly kind: 'tcp' } | StatusCheck;

/** Equal targets (same key) are probed once, whoever wants them. */
export interface ProbeTarget {
  /** Canonical IP text, v4 or v6; a host name is never looked up here. */
  readonly address: string;
  readonly port: number;
  readonly check: ProbeCheck;
}

/** What `probeKey` says of a question over TCP alone. */
export function parseTcpKey(key: string): ProbeTarget {
  const [, address = '', port = ''] = key.split(' ');
  return { address, port: Number(port), check: TCP };
}

const TCP: ProbeCheck = { kind: 'tcp' };

/** Equal exactly if the same bytes would be sent to the same place and judged alike. */
export function probeKey({ address, port, check }: ProbeTarget): string {
  // Joined, for it is kept: a template of parts stays one of parts, at four times the size.
  const place = [check.kind, address, port].join(' ');
  if (check.kind === 'tcp') return place;
  const headers = Object.entries(check.headers ?? {})
    .map(([name, value]) => [name.toLowerCase(), value])
    .sort(([left = ''], [right = '']) => (left < right ? -1 : 1));
  const { path, statuses, host, tlsName } = check;
  return `${place} ${JSON.stringify([path, ...statuses, host ?? null, tlsName ?? null, headers])}`;
}
