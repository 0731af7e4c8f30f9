/**
 * The guide's names: a Service and an Ingress in both clusters, their records -> status, DNSEndpoints of
 * both APIs, and the three levels of names, answered.
 */

import { expect, it } from 'vitest';
import { loadBalancerStatus } from '../../lab/kubernetes-objects.ts';
import type { Guide } from './guide.ts';

const PLACES = {
  cluster1: { region: 'r1', zone: 'z1', service: '127.0.1.11', ingress: '127.0.1.21' },
  cluster2: { region: 'r2', zone: 'z2', service: '127.0.1.12', ingress: '127.0.1.22' },
} as const;
const P = 'test-service.test-namespace.test-domain.svc';
const IN_TEST = '-n test-namespace';
const LINES = [
  'ingress.example.com A 300 127.0.1.21 127.0.1.22',
  `${P}.example.com A 300 127.0.1.11 127.0.1.12`,
  `${P}.r1.example.com A 300 127.0.1.11`,
  `${P}.r2.example.com A 300 127.0.1.12`,
  `${P}.z1.r1.example.com A 300 127.0.1.11`,
  `${P}.z2.r2.example.com A 300 127.0.1.12`,
];

export function itGivesNames(guide: () => Guide): void {
  it('a Service of type LoadBalancer, and the Ingress of the guide, converted', async () => {
    const { type, until, got, places } = guide();
    for (const [cluster, { region, zone }] of Object.entries(PLACES)) {
      const node = `kubectl label node --context ${cluster} ${cluster}-control-plane`;
      await type(`${node} failure-domain.beta.kubernetes.io/region=${region}`);
      await type(`${node} failure-domain.beta.kubernetes.io/zone=${zone}`);
    }
    const service = 'example/sample1/federatedservice.yaml';
    await type(`sed 's/NodePort/LoadBalancer/' ${service} | kubectl apply -f -`);
    const said = await type(
      'kubefedctl convert -f example/federatedingress.yaml | kubectl apply -f -',
    );
    expect(said).toContain('spec.template.spec.backend: is spec.defaultBackend');
    await places('ingress/test-ingress', 'cluster1', 'cluster2');
    for (const [cluster, addresses] of Object.entries(PLACES)) {
      const spec = got(cluster, 'service/test-service', "jsonpath='{.spec.type}'");
      await until(spec, (text) => text === 'LoadBalancer');
      // What MetalLB and an ingress controller do there.
      for (const kind of ['service', 'ingress'] as const) {
        const patch = loadBalancerStatus([addresses[kind]]);
        await type(
          `kubectl --context ${cluster} ${IN_TEST} patch ${kind} test-${kind} --subresource=status --type=merge -p '${patch}'`,
        );
      }
    }
  });

  it('their records: status, and DNSEndpoints for every ExternalDNS', async () => {
    const { type, until } = guide();
    await type('kubectl apply -f example/dns.yaml');
    const status = await until(
      `kubectl ${IN_TEST} get servicednsrecord test-service -o jsonpath='{.status}'`,
      // Its place comes when the labels of its nodes are read again.
      (said) =>
        Object.values(PLACES).every((place) =>
          [place.service, place.region, place.zone].every((one) => said.includes(`"${one}"`)),
        ),
    );
    expect(JSON.parse(status)).toMatchObject({
      domain: 'example.com',
      dns: Object.entries(PLACES).map(([cluster, { region, zone, service }]) => ({
        ...{ cluster, region, zones: [zone] },
        loadBalancer: { ingress: [{ ip: service }] },
      })),
    });
    for (const group of ['multiclusterdns.kubefed.io', 'externaldns.k8s.io']) {
      const seen = await until(
        `kubectl ${IN_TEST} get dnsendpoints.${group} -o jsonpath='{.items[*].spec.endpoints}'`,
        (said) => LINES.every((line) => said.includes(`"${line.split(' ')[0]}"`)),
      );
      expect(endpointLines(seen)).toEqual(LINES);
    }
  });

  it('we answer the three levels, with TTL 300', async () => {
    const { until, on } = guide();
    const service = await on.get(
      'cluster1',
      'service',
      'fedns-dns',
      '-n',
      'kube-federation-system',
    );
    const { clusterIP } = (service as { spec: { clusterIP: string } }).spec;
    const server = await on.runner.find(clusterIP, 53);
    for (const line of LINES) {
      const [name = '', , ttl, ...addresses] = line.split(' ');
      const want = addresses.map((address) => `${name}. ${ttl} IN A ${address}`).sort();
      const asked = `dig @${server?.host} -p ${server?.port} ${name} A +noall +answer`;
      await until(asked, (said) => answerLines(said).join() === want.join());
    }
  });
}

/** `name TYPE ttl targets`, sorted; of several lists one after the other. */
function endpointLines(lists: string): string[] {
  const endpoints = JSON.parse(`[${lists.replaceAll('] [', '],[')}]`).flat();
  return endpoints
    .map(({ dnsName, recordType, recordTTL, targets }: Endpoint) =>
      [dnsName, recordType, recordTTL, ...targets].join(' '),
    )
    .sort();
}

interface Endpoint {
  readonly dnsName: string;
  readonly recordType: string;
  readonly recordTTL: number;
  readonly targets: readonly string[];
}

function answerLines(text: string): string[] {
  const lines = text.split('\n').filter((line) => line !== '');
  return lines.map((line) => line.replace(/\s+/g, ' ')).sort();
}
