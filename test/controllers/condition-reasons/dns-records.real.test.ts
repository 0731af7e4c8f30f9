/**
 * Every reason of the conditions of Domains and DNS records, provoked on real API servers: a host, and
 * two members, of which one lets us read no Services at first.
 */

import { afterAll, beforeAll, expect, it } from 'vitest';
import { CONTROL_PLANE_NAMESPACE } from '../definitions.ts';
import { eventually } from '../eventually.ts';
import { type Federation, startFederation } from '../federation.ts';
import { grantAll, narrowAccount } from './narrow-account.ts';
import {
  balance,
  dnsRecord,
  domainObject,
  endpointsForbidden,
  foreignEndpoint,
  putCopy,
} from './record-objects.ts';
import { columnsOf, ToldConditions } from './told-conditions.ts';

const DOMAINS = { kind: 'domain', namespace: CONTROL_PLANE_NAMESPACE };
const SERVICES = { kind: 'servicednsrecord', namespace: 'shop' };
const INGRESSES = { kind: 'ingressdnsrecord', namespace: 'shop' };
const BOTH = 'ServiceDNSRecord and IngressDNSRecord';

let federation: Federation;
const told = new ToldConditions(() => federation);
const domainSays = told.of('Domain', DOMAINS);
const serviceSays = told.of('ServiceDNSRecord', SERVICES);
const ingressSays = told.of('IngressDNSRecord', INGRESSES);
const ofService = told.of(BOTH, SERVICES);
const ofIngress = told.of(BOTH, INGRESSES);

beforeAll(async () => {
  federation = await startFederation({ members: ['one', 'two'], withWorkloads: false });
  const { host } = federation;
  await federation.member('one').addNode('a', { region: 'us', zone: 'us1' });
  for (const cluster of [host, federation.member('one')]) {
    for (const name of ['shop', 'guarded']) await cluster.kubectl(['create', 'namespace', name]);
  }
  await federation.apply(...endpointsForbidden('guarded'));
  // As KubeFed's own definition, which takes any text.
  const rules =
    '/spec/versions/0/schema/openAPIV3Schema/properties/domain/x-kubernetes-validations';
  const looser = JSON.stringify([{ op: 'remove', path: rules }]);
  const definition = ['crd', 'domains.multiclusterdns.kubefed.io', '--type=json'];
  await host.kubectl(['patch', ...definition, '-p', looser]);
}, 120_000);

afterAll(() => federation.stop());

const service = (name: string, spec: object = {}, namespace = 'shop') =>
  dnsRecord('ServiceDNSRecord', name, { domainRef: 'd', ...LAX, ...spec }, namespace);
const ingress = (name: string, ...hosts: string[]) =>
  dnsRecord('IngressDNSRecord', name, { hosts });
const LAX = { allowServiceWithoutEndpoints: true };

const label = (length: number) => 'x'.repeat(length);
const LONG_NAME = label(64);
const TOO_LONG = [label(62), label(62), label(62), label(62)].join('.');
const NEARLY = [label(60), label(60), label(60), label(50)].join('.');

it('a Domain says whether records can have names below it', async () => {
  await federation.apply(
    domainObject('d', 'example.com'),
    domainObject('team', 'team.example.com', { allowedNamespaces: ['team'] }),
    domainObject('nearly', NEARLY),
    domainObject('elsewhere', 'example.com', {}, 'shop'),
    domainObject('long', TOO_LONG),
    domainObject(LONG_NAME, 'example.com'),
  );
  const every = 'names below example.com, for records of every namespace';
  await domainSays('d', 'Ready', 'Valid', every);
  await domainSays('long', 'Ready', 'DomainTooLong', /^domain: no name of a record below it /);
  await domainSays(LONG_NAME, 'Ready', 'InvalidName', /^metadata\.name: becomes DNS labels/);
  const elsewhere = told.of('Domain', { kind: 'domain', namespace: 'shop' });
  await elsewhere(
    'elsewhere',
    'Ready',
    'WrongNamespace',
    `metadata.namespace: no record refers to it here: Domains lie in "${CONTROL_PLANE_NAMESPACE}"`,
  );
  await eventually(
    () => federation.apply(domainObject('bad', 'no domain')),
    () => true,
  );
  await domainSays('bad', 'Ready', 'InvalidDomain', 'domain: "no domain" is no domain');
  expect(await columnsOf(federation, DOMAINS)).toMatchObject({
    d: { DOMAIN: 'example.com', READY: 'True', REASON: 'Valid' },
    bad: { DOMAIN: 'no domain', READY: 'False', REASON: 'InvalidDomain' },
  });
});

it('a record that can have no names names its field, or that there is no cluster', async () => {
  await federation.apply(
    service('plain'),
    ingress('plain', 'plain.example.net'),
    service('lost', { domainRef: 'none' }),
    service('bad', { domainRef: 'bad' }),
    service('denied', { domainRef: 'team' }),
    ingress('hostless'),
    // The older ones of what two want.
    ingress('taker', ...NAMES.map((place) => `claimed.shop.d.svc.${place}example.com`)),
    ingress('web', 'www.example.net'),
  );
  await serviceSays('plain', 'Ready', 'NoClusters', 'no KubeFedCluster is registered');
  await ingressSays('plain', 'Ready', 'NoClusters', 'no KubeFedCluster is registered');
  await ofService('plain', 'ClustersSeen', 'AllSeen', 'every cluster is seen as it is');
  await ofService('plain', 'Conflict', 'NoConflict', 'no older record has one of its names');
  const none = 'no cluster has an address, so there are no names';
  await ofService('plain', 'DNSEndpointWritten', 'NoAddresses', none);
  const lost = 'spec.domainRef: no Domain is named "none"';
  await serviceSays('lost', 'Ready', 'DomainNotFound', lost);
  const bad = 'spec.domainRef: Domain "bad": domain: "no domain" is no domain';
  await serviceSays('bad', 'Ready', 'DomainInvalid', bad);
  const denied = 'Domain "team": allowedNamespaces does not name "shop"';
  await serviceSays('denied', 'Ready', 'NamespaceNotAllowed', denied);
  await ingressSays('hostless', 'Ready', 'NoHosts', 'spec.hosts: names no host');
});

const NAMES = ['', 'us.', 'us1.us.', 'eu.', 'eu1.eu.'];

it('a member that we may not read, or that is away, is named with what it says', async () => {
  const two = federation.member('two');
  await federation.join('two', {}, await narrowAccount(two));
  await serviceSays('plain', 'Ready', 'ClusterNotRead', 'two: ClusterNotRead', 40_000);
  await ingressSays('plain', 'Ready', 'ClusterNotRead', 'two: ClusterNotRead');
  const forbidden = /^as seen last: two: ClusterNotRead: .*services: server says 403 Forbidden/;
  await ofService('plain', 'ClustersSeen', 'ClusterNotRead', forbidden);
  await serviceSays('plain', 'Located', 'NoRegion', 'two: NoRegion');
  await two.addNode('a', { region: 'eu' });
  await serviceSays('plain', 'Located', 'NoZones', 'two: NoZones', 40_000);
  await grantAll(two);
  await two.addNode('b', { region: 'eu', zone: 'eu1' });
  await two.apiserver.kill9();
  await serviceSays('plain', 'Ready', 'ClusterNotReady', 'two: ClusterNotReady', 40_000);
  await ingressSays('plain', 'Ready', 'ClusterNotReady', 'two: ClusterNotReady');
  const away = 'as seen last: two: ClusterNotReady';
  await ofService('plain', 'ClustersSeen', 'ClusterNotReady', away);
  await two.restartApi();
  await federation.join('one');
}, 150_000);

it('what no cluster has, and how near the nearest comes', async () => {
  const one = federation.member('one');
  for (const name of ['web', 'claimed', 'theirs']) await putCopy(one, 'Service', name);
  for (const name of ['web', 'young', 'denied', 'taker']) await putCopy(one, 'Ingress', name);
  const all = (word: string) => `one: ${word}; two: ${word}`;
  await serviceSays('plain', 'Ready', 'NoServiceInCluster', all('NoServiceInCluster'), 40_000);
  await ingressSays('plain', 'Ready', 'NoIngressInCluster', all('NoIngressInCluster'), 40_000);
  await serviceSays('plain', 'Located', 'Located', 'every cluster has its place', 40_000);
  await federation.apply(service('web', { allowServiceWithoutEndpoints: false }));
  const near = (word: string, other: string) => `one: ${word}; two: ${other}`;
  const noEndpoints = near('NoEndpoints', 'NoServiceInCluster');
  await serviceSays('web', 'Ready', 'NoEndpoints', noEndpoints);
  await federation.apply(service('web'));
  const noBalancer = near('NoLoadBalancer', 'NoServiceInCluster');
  await serviceSays('web', 'Ready', 'NoLoadBalancer', noBalancer);
  const noIngress = near('NoLoadBalancer', 'NoIngressInCluster');
  await ingressSays('web', 'Ready', 'NoLoadBalancer', noIngress);
  await balance(one, 'Service', 'web');
  await balance(one, 'Ingress', 'web');
  const published = 'addresses of one; two: NoServiceInCluster';
  await serviceSays('web', 'Ready', 'Published', published);
  const hosts = 'addresses of one; two: NoIngressInCluster';
  await ingressSays('web', 'Ready', 'Published', hosts);
  await ofService('web', 'DNSEndpointWritten', 'Written', /^\d endpoints$/);
}, 150_000);

it('the columns of kubectl get tell what works from what does not', async () => {
  expect(await columnsOf(federation, SERVICES)).toMatchObject({
    web: { DOMAIN: 'example.com', READY: 'True', REASON: 'Published' },
    plain: { DOMAIN: 'example.com', READY: 'False', REASON: 'NoServiceInCluster' },
    lost: { DOMAIN: '', READY: 'False', REASON: 'DomainNotFound' },
  });
  expect(await columnsOf(federation, INGRESSES)).toMatchObject({
    web: { HOST: 'www.example.net', READY: 'True', REASON: 'Published' },
    plain: { HOST: 'plain.example.net', READY: 'False', REASON: 'NoIngressInCluster' },
    hostless: { HOST: '', READY: 'False', REASON: 'NoHosts' },
  });
});

it('names that are of another, or not for this namespace, are named with their holder', async () => {
  const one = federation.member('one');
  await federation.apply(
    service('claimed'),
    ingress('young', 'www.example.net'),
    ingress('denied', 'www.team.example.com'),
  );
  await balance(one, 'Service', 'claimed');
  for (const name of ['young', 'denied', 'taker']) await balance(one, 'Ingress', name);
  const taken = 'www.example.net is of IngressDNSRecord shop/web';
  await ingressSays('young', 'Ready', 'HostClaimed', taken);
  await ofIngress('young', 'Conflict', 'HostClaimed', taken);
  await ofIngress('young', 'DNSEndpointWritten', 'HostClaimed', `HostClaimed: ${taken}`);
  const denied =
    'www.team.example.com is below Domain "team", whose allowedNamespaces does not name this namespace';
  await ingressSays('denied', 'Ready', 'NamespaceNotAllowed', denied);
  const left = `NamespaceNotAllowed: ${denied}`;
  await ofIngress('denied', 'DNSEndpointWritten', 'NamespaceNotAllowed', left);
  const claimed = /^claimed\.shop\.\S+ is of IngressDNSRecord shop\/taker; claimed/;
  await serviceSays('claimed', 'Ready', 'HostClaimed', claimed);
  await federation.apply(
    ingress('young', 'www.example.net', 'young.example.net'),
    ingress('taker', 'claimed.shop.d.svc.us.example.com'),
  );
  const partly = /^addresses of one; two: NoIngressInCluster; www\.example\.net is of Ingress/;
  await ingressSays('young', 'Ready', 'PartlyPublished', partly);
  await serviceSays('claimed', 'Ready', 'PartlyPublished', /^addresses of one; .*claimed\.shop/);
});

it('a DNSEndpoint that cannot be written says what is in the way', async () => {
  const one = federation.member('one');
  await federation.apply(foreignEndpoint('service-theirs'));
  await federation.apply(
    service('theirs'),
    service('a-name-that-is-too-long', { domainRef: 'nearly' }),
    service('refused', {}, 'guarded'),
  );
  await balance(one, 'Service', 'theirs');
  await balance(one, 'Service', 'web', { targets: [{ hostname: 'lb.invalid' }] });
  const theirs = /^NotOurs: dnsendpoints\S+ service-theirs is of ConfigMap mine$/;
  await ofService('theirs', 'DNSEndpointWritten', 'NotOurs', theirs);
  await ofService(
    'a-name-that-is-too-long',
    'DNSEndpointWritten',
    'NameInvalid',
    /^NameInvalid: name over 255 octets: .*a-name-that-is-too-long/,
  );
  const unresolved = 'HostNotResolved: lb.invalid: no address is found';
  await ofService('web', 'DNSEndpointWritten', 'HostNotResolved', unresolved);
  const guarded = told.of(BOTH, { ...SERVICES, namespace: 'guarded' });
  const refused = /^WriteFailed: POST .*\/namespaces\/guarded\/dnsendpoints: .*no names from here/;
  await guarded('refused', 'DNSEndpointWritten', 'WriteFailed', refused);
});

it('where no DNSEndpoints are wanted each record says so', async () => {
  const config = ['kubefedconfig', 'kubefed', '-n', CONTROL_PLANE_NAMESPACE];
  await federation.host.kubectl(['annotate', ...config, 'fedns.io/dns-endpoints=false']);
  const unwanted =
    /^NotWanted: annotation fedns\.io\/dns-endpoints of the KubeFedConfig is "false"; service-web stays/;
  await ofService('web', 'DNSEndpointWritten', 'NotWanted', unwanted, 40_000);
}, 60_000);

it('there is no reason but those, and the page has them', () => told.expectPage());
