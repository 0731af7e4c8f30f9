/**
 * All cases of the protocol suite, one file an RFC.
 */
import type { Case } from '../runner.ts';
import { cases as aliasesAndCuts } from './answers/aliases-and-cuts.ts';
import { cases as rfc1034 } from './answers/rfc1034-1035.ts';
import { cases as rfc2308 } from './answers/rfc2308.ts';
import { cases as rfc4592 } from './answers/rfc4592.ts';
import { cases as rfc8020 } from './answers/rfc8020.ts';
import { cases as rfc8482 } from './answers/rfc8482.ts';
import { cases as truncation } from './answers/truncation.ts';
import { cases as malformed } from './messages/malformed.ts';
import { cases as rfc6891 } from './messages/rfc6891.ts';
import { cases as rfc7766 } from './messages/rfc7766.ts';
import { cases as rfc7873 } from './messages/rfc7873.ts';
import { cases as rfc8906 } from './messages/rfc8906.ts';
import { cases as rfc9267 } from './messages/rfc9267.ts';
import { cases as rfc9619 } from './messages/rfc9619.ts';

export const allCases: readonly Case[] = [
  ...rfc1034,
  ...aliasesAndCuts,
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
