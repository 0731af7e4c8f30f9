/** `fedns plan records` of KubeFed's records: what it prints, and how it refuses them. */

import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
const API = 'apiVersion: multiclusterdns.kubefed.io/v1alpha1';
const DOMAIN = `${API}
kind: Domain
metadata: {name: test-domain, namespace: kube-federation-system}
domain: example.com
`;
const SERVICE = `---
${API}
kind: ServiceDNSRecord
metadata: {name: web, namespace: shop}
spec: {domainRef: test-domain, recordTTL: 300}
status:
  domain: example.com
  dns:
  - cluster: one
    region: us
    zones: [us1]
    loadBalancer: {ingress: [{hostname: lb.example.net}]}
  - cluster: two
    region: eu
    zones: [eu1]
    loadBalancer: {}
`;
const INGRESS = `---
${API}
kind: IngressDNSRecord
metadata: {name: web, namespace: shop}
spec: {hosts: [www.example.com]}
status: {dns: [{cluster: one, loadBalancer: {ingress: [{ip: 192.0.2.7}]}}]}
`;
const HOSTS = `---
resolved: {LB.example.net: [192.0.2.1]}
`;

function planRecords(input: string, ...words: string[]) {
  const argv = [MAIN, 'plan', 'records', '-f', '-', ...words];
  const { status, stdout, stderr } = spawnSync(process.execPath, argv, { input, encoding: 'utf8' });
  return { status, stdout, stderr };
}

const P = 'web.shop.test-domain.svc';

it('a zone file', () => {
  const { status, stdout, stderr } = planRecords(DOMAIN + SERVICE + INGRESS + HOSTS);
  expect({ status, stdout: stdout.trimEnd().split('\n').sort(), stderr }).toEqual({
    status: 0,
    stdout: `${P}.example.com. 300 IN A 192.0.2.1
${P}.eu.example.com. 300 IN CNAME ${P}.example.com.
${P}.eu1.eu.example.com. 300 IN CNAME ${P}.eu.example.com.
${P}.us.example.com. 300 IN A 192.0.2.1
${P}.us1.us.example.com. 300 IN A 192.0.2.1
www.example.com. 180 IN A 192.0.2.7`
      .split('\n')
      .sort(),
    stderr: '',
  });
});

it('json, and skydns keys', () => {
  const json = JSON.parse(planRecords(INGRESS, '-o', 'json').stdout);
  expect(json).toEqual([{ name: 'www.example.com.', type: 'A', ttl: 180, rdatas: ['192.0.2.7'] }]);
  const skydns = planRecords(INGRESS, '-o', 'skydns').stdout;
  expect(skydns).toMatch(/^\/skydns\/com\/example\/www\/\S+\n\{"host":"192\.0\.2\.7","ttl":180/);
});

it('a record and a host that a Domain does not allow, a host that an older one has: told, and left out', () => {
  const domain = `${DOMAIN}allowedNamespaces: [team]\n`;
  const above = 'below Domain "test-domain", whose allowedNamespaces does not name this namespace';
  const created = (at: string) =>
    INGRESS.replace('namespace: shop', `$&, creationTimestamp: "${at}"`);
  // Below no Domain, so anybody's.
  const elsewhere = (text: string) =>
    text.replace('www.example.com', 'www.example.net').replace(/name: (\w+)/, 'name: $1-net');
  const old = created('2026-01-01T00:00:00Z').replace('name: web', 'name: old');
  const { status, stdout, stderr } = planRecords(
    domain + SERVICE + INGRESS + old + elsewhere(INGRESS) + elsewhere(old),
  );
  expect({ status, stdout, stderr }).toEqual({
    status: 0,
    stdout: 'www.example.net. 180 IN A 192.0.2.7\n',
    stderr: `fedns: IngressDNSRecord shop/old: www.example.com is ${above}, left out
fedns: IngressDNSRecord shop/web: www.example.com is ${above}, left out
fedns: ServiceDNSRecord shop/web: NamespaceNotAllowed: Domain "test-domain": allowedNamespaces does not name "shop", left out
fedns: IngressDNSRecord shop/web-net: www.example.net is of IngressDNSRecord shop/old-net, left out
`,
  });
});

it('what has no address, and what says no names, is told', () => {
  const other = '---\napiVersion: v1\nkind: Service\nmetadata: {name: web}\n';
  const { status, stderr } = planRecords(DOMAIN + SERVICE + other);
  expect({ status, stderr }).toEqual({
    status: 0,
    stderr: `fedns: standard input:22: Service web: says no names, left out
fedns: ServiceDNSRecord shop/web: host name lb.example.net is not resolved
`,
  });
});

it.each([
  [
    'no Domain',
    SERVICE.replace('  domain: example.com\n', ''),
    'ServiceDNSRecord shop/web: spec.domainRef: no Domain is named "test-domain", and its status says no domain',
  ],
  [
    'a bad host',
    INGRESS.replace('www.example.com', 'www..example.com'),
    'standard input:5: IngressDNSRecord shop/web: spec.hosts[0]: must be a host name: labels of 1 to 63, 253 characters in all; *. may lead',
  ],
  ['twice', INGRESS + INGRESS, 'standard input:8: IngressDNSRecord shop/web: is there twice'],
  [
    'no address',
    `${INGRESS}---\nresolved: {a.example: [nowhere]}\n`,
    'standard input:8: resolved["a.example"]: not an IP address',
  ],
  [
    'no kind',
    `${INGRESS}---\nfoo: 1\n`,
    'standard input:8: an object without kind: kind: is missing',
  ],
  ['no YAML', `${DOMAIN}: {`, 'standard input:5: '],
])('%s: one line, exit 2', (_, input, line) => {
  const { status, stdout, stderr } = planRecords(input);
  expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
  expect(stderr).toMatch(/^.*\n$/);
  expect(stderr).toContain(`fedns: ${line}`);
});
