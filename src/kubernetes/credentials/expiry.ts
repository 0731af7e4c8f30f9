/** When credentials end, as far as they say so themselves. Signatures are the server's matter. */

import { X509Certificate } from 'node:crypto';
import { valueAt } from '../../api/untyped.ts';

export function certificateEnd(pem: string | undefined): Date | undefined {
  if (pem === undefined) return undefined;
  try {
    return dateOf(Date.parse(new X509Certificate(pem).validTo));
  } catch {
    return undefined;
  }
}

/** RFC 7519 section 4.1.4: `exp`, seconds. */
export function tokenEnd(token: string | undefined): Date | undefined {
  const payload = /^[^.]+\.([^.]+)\.[^.]*$/.exec(token ?? '')?.[1];
  if (payload === undefined) return undefined;
  try {
    const claims: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8'));
    const seconds = valueAt(claims, 'exp');
    return typeof seconds === 'number' ? dateOf(seconds * 1000) : undefined;
  } catch {
    return undefined;
  }
}

/** undefined for what is no time. */
export function dateOf(ms: number): Date | undefined {
  const date = new Date(ms);
  return Number.isNaN(date.getTime()) ? undefined : date;
}

export function earliest(dates: readonly (Date | undefined)[]): Date | undefined {
  const known = dates.filter((date) => date !== undefined);
  return known.sort((left, right) => left.getTime() - right.getTime())[0];
}
