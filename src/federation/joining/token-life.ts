/**
 * The life of a member's token: whether it is time for the next one. Pure.
 *
 * Source: RFC 7519 (`iat`, `exp`); our choice: renewed once a third of its life is over, so that two
 * thirds are left for whoever mends what goes wrong. KubeFed's tokens never end.
 */

import { valueAt } from '../../api/untyped.ts';

export interface TokenLife {
  readonly issuedAtMs: number;
  readonly endsAtMs: number;
}

/** undefined: it does not say when it ends, or is no token of an account. */
export function lifeOfToken(token: string): TokenLife | undefined {
  const payload = token.split('.')[1] ?? '';
  try {
    const claims: unknown = JSON.parse(atob(payload.replaceAll('-', '+').replaceAll('_', '/')));
    const endsAtMs = Number(valueAt(claims, 'exp')) * 1000;
    const issuedAtMs = Number(valueAt(claims, 'iat')) * 1000;
    const isWhole = Number.isFinite(endsAtMs) && Number.isFinite(issuedAtMs);
    return isWhole && endsAtMs > issuedAtMs ? { issuedAtMs, endsAtMs } : undefined;
  } catch {
    return undefined;
  }
}

export function isRenewalDue({ issuedAtMs, endsAtMs }: TokenLife, nowMs: number): boolean {
  return nowMs >= issuedAtMs + (endsAtMs - issuedAtMs) / 3;
}
