/** A row of the answer tables: zone text, a question as dig takes it, what must come. */

import { expect } from 'vitest';
import { ask } from '../support/asking.ts';
import { zones } from '../support/records.ts';

export const SOA =
  'example.com. 30 IN SOA ns.dns.example.com. hostmaster.example.com. 7 7200 1800 86400 30';

export interface Row {
  readonly rule: string;
  readonly zone: string;
  readonly ask: string;
  readonly rcode?: string;
  /** Whether AA is set; true unless said. */
  readonly aa?: boolean;
  readonly answer?: readonly string[];
  readonly authority?: readonly string[];
  readonly additional?: readonly string[];
}

/** The zone example.com. of the row, beside two others, one of them a child. */
export function expectRow(row: Row): void {
  const served = zones({
    'example.com.': row.zone,
    'example.org.': 'host.example.org. A 192.0.2.77',
    'child.example.com.': 'host.child.example.com. A 192.0.2.88',
  });
  const reply = ask(served, row.ask);
  expect({
    rcode: reply.rcode,
    aa: reply.flags.includes('aa'),
    answer: reply.answer,
    authority: reply.authority,
    additional: reply.additional,
  }).toEqual({
    rcode: row.rcode ?? 'NOERROR',
    aa: row.aa ?? true,
    answer: row.answer ?? [],
    authority: row.authority ?? [],
    additional: row.additional ?? [],
  });
}
