/** Whether a Domain works: its condition, with reasons that stay. */

import { expect, it } from 'vitest';
import { readDomain } from '../../../src/api/kubefed/dns-record-objects.ts';
import { domainCondition } from '../../../src/discovery/kubefed-records/domain-condition.ts';

const L63 = 'x'.repeat(63);
/** 242 characters: with `s.n.d.svc.` one less than there is room for. */
const LONG = `${L63}.${L63}.${L63}.${'x'.repeat(50)}`;

function said(
  domain: unknown,
  {
    name = 'd',
    where = {},
    ...also
  }: { name?: string; where?: object; [field: string]: unknown } = {},
) {
  const metadata = { name, namespace: 'kube-federation-system' };
  const { type, status, reason, message } = domainCondition(
    readDomain({ metadata: { ...metadata, ...where }, domain, ...also }),
    'kube-federation-system',
  );
  expect(type).toBe('Ready');
  return `${status} ${reason}: ${message}`;
}

it.each([
  ['example.com.', {}, 'True Valid: names below example.com, for records of every namespace'],
  [
    'example.com',
    { allowedNamespaces: ['shop', 'team'] },
    'True Valid: names below example.com, for records of shop, team',
  ],
  [
    'example.com',
    { allowedNamespaces: [] },
    'True Valid: names below example.com, for no record: allowedNamespaces is empty',
  ],
  ['a..b', {}, 'False InvalidDomain: domain: "a..b" is no domain'],
  [undefined, {}, 'False InvalidDomain: domain: "" is no domain'],
  [
    'example.com',
    { name: `${L63}x` },
    'False InvalidName: metadata.name: becomes DNS labels, so each may have 63 characters',
  ],
  [
    'example.com',
    { where: { namespace: 'shop' } },
    'False WrongNamespace: metadata.namespace: no record refers to it here: Domains lie in "kube-federation-system"',
  ],
  [
    `${LONG}xx`,
    {},
    'False DomainTooLong: domain: no name of a record below it would have at most 253 characters',
  ],
])('%s %j: %s', (domain, also, wanted) => {
  expect(said(domain, also)).toBe(wanted);
});

it('the longest that has room for a name is good', () => {
  expect(said(`${LONG}x`)).toMatch(/^True Valid/);
});

it('of very many namespaces the first are named', () => {
  const allowedNamespaces = Array.from({ length: 25 }, (_, at) => `n${at}`);
  expect(said('example.com', { allowedNamespaces })).toMatch(/n18, n19 and 5 more$/);
});
