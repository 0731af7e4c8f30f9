/**
 * Tables of questions and wanted answers, as the cases of RFC 1034 and 1035 write them.
 */
import { type Ask, expectAnswer, type Wanted } from '../../expect.ts';
import type { Case } from '../../runner.ts';

export type Row = readonly [id: string, rfc: string, question: Ask, wanted: Wanted];

export const good = (answer: readonly string[], additional: readonly string[] = []): Wanted => ({
  rcode: 'NOERROR',
  aa: true,
  answer,
  authority: 'apex',
  additional,
});

export const rows = (list: readonly Row[]): Case[] =>
  list.map(([id, rfc, question, wanted]) => ({
    id: `data: ${id}`,
    rfc,
    level: 'MUST',
    run: (server) => expectAnswer(server, question, wanted),
  }));
