/**
 * All cases of the protocol suite, one file an RFC.
 */
import type { Case } from '../runner.ts';
import { cases as malformed } from './malformed.ts';
import { cases as rfc1034 } from './rfc1034-1035.ts';
import { cases as rfc2308 } from './rfc2308.ts';
import { cases as rfc4592 } from './rfc4592.ts';
import { cases as rfc6891 } from './rfc6891.ts';
import { cases as rfc7766 } from './rfc7766.ts';
import { cases as rfc7873 } from './rfc7873.ts';
import { cases as rfc8020 } from './rfc8020.ts';
import { cases as rfc8482 } from './rfc8482.ts';
import { cases as rfc8906 } from './rfc8906.ts';
import { cases as rfc9267 } from './rfc9267.ts';
import { cases as rfc9619 } from './rfc9619.ts';
import { cases as truncation } from './truncation.ts';

export const allCases: readonly Case[] = [
  ...rfc1034,
  ...truncation,
  ...rfc2308,
  ...rfc8020,
  ...rfc4592,
  ...rfc6891,
  ...rfc7873,
  ...rfc7766,
  ...rfc8482,
  ...rfc8906,
  ...rfc9619,
  ...rfc9267,
  ...malformed,
];
