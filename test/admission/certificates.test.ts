/**
 * The webhook's own certificates over their whole life, on a clock of ours: whatever happens, what
 * every replica shows is trusted by what API servers have been told.
 */

import { X509Certificate } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { KeyPair } from '../../src/admission/certificate-authority.ts';
import { lifeOf } from '../../src/admission/certificate-plan.ts';
import { CERTIFICATE_TIMES } from '../../src/admission/limits.ts';
import { ServingCertificate } from '../../src/admission/serving-certificate.ts';
import { createLogger } from '../../src/runtime/logger.ts';
import { CONFIGURATIONS, FakeHost } from './fake-host.ts';

const DAY_MS = 86_400_000;
const NAMES = ['fedns-webhook.kube-federation-system.svc', '127.0.0.1', '::1'];

class Clock {
  nowMs = Date.parse('2030-01-01T00:00:00Z');
}

interface Replica {
  readonly certificate: ServingCertificate;
  readonly shown: KeyPair[];
}

function replicaOf(host: FakeHost, clock: Clock, names: readonly string[] = NAMES): Replica {
  const shown: KeyPair[] = [];
  const certificate = new ServingCertificate({
    client: host.client,
    namespace: 'kube-federation-system',
    secret: 'certificate',
    names,
    configurations: CONFIGURATIONS,
    logger: createLogger('silent'),
    onCertificate: (pair) => shown.push(pair),
    now: () => clock.nowMs,
  });
  return { certificate, shown };
}

const shownBy = ({ shown }: Replica): X509Certificate =>
  new X509Certificate(shown.at(-1)?.cert ?? '');

/** As the API server does: some authority of the bundle signed it, and both are in their time. */
function isTrusted(certificate: X509Certificate, bundle: string, nowMs: number): boolean {
  const isInTime = ({ validFrom, validTo }: X509Certificate) =>
    Date.parse(validFrom) <= nowMs && nowMs < Date.parse(validTo);
  const authorities = bundle.split(/(?<=-----END CERTIFICATE-----\n)/).filter((pem) => pem !== '');
  return (
    isInTime(certificate) &&
    authorities
      .map((pem) => new X509Certificate(pem))
      .some((ca) => isInTime(ca) && certificate.checkIssued(ca) && certificate.verify(ca.publicKey))
  );
}

function expectAllTrusted(host: FakeHost, clock: Clock, replicas: readonly Replica[]): void {
  for (const bundle of host.bundles) {
    for (const replica of replicas) {
      expect(isTrusted(shownBy(replica), bundle, clock.nowMs)).toBe(true);
    }
  }
}

describe('a certificate', () => {
  it('is for the Service and the names that are said, for a server, of an authority', async () => {
    const [host, clock] = [new FakeHost(), new Clock()];
    const replica = replicaOf(host, clock);
    await replica.certificate.round();
    const certificate = shownBy(replica);
    expect(certificate.checkHost(NAMES[0] ?? '')).toBeDefined();
    expect(certificate.checkIP('127.0.0.1')).toBeDefined();
    expect(certificate.checkIP('::1')).toBeDefined();
    expect(certificate.checkHost('other.example')).toBeUndefined();
    expect(certificate.ca).toBe(false);
    expect(certificate.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1']);
    expect(new X509Certificate(host.bundles[0] ?? '').ca).toBe(true);
    expectAllTrusted(host, clock, [replica]);
  });

  it('is told to every webhook of both configurations, once', async () => {
    const [host, clock] = [new FakeHost(), new Clock()];
    const replica = replicaOf(host, clock);
    await replica.certificate.round();
    expect(host.bundles).toHaveLength(4);
    expect(new Set(host.bundles).size).toBe(1);
    const { writeCount } = host;
    await replica.certificate.round();
    await replicaOf(host, clock).certificate.round();
    expect(host.writeCount).toBe(writeCount);
  });

  it('is renewed at two thirds of its life, by the same authority', async () => {
    const [host, clock] = [new FakeHost(), new Clock()];
    const replica = replicaOf(host, clock);
    await replica.certificate.round();
    const [bundle] = host.bundles;
    clock.nowMs += 59 * DAY_MS;
    await replica.certificate.round();
    expect(replica.shown).toHaveLength(1);
    clock.nowMs += 2 * DAY_MS;
    await replica.certificate.round();
    expect(replica.shown).toHaveLength(2);
    expect(lifeOf(replica.shown[1]?.cert ?? '').endMs).toBe(clock.nowMs + 90 * DAY_MS);
    expect(host.bundles[0]).toBe(bundle);
  });

  it('is made anew where a name is missing; replicas of other names do not take turns', async () => {
    const [host, clock] = [new FakeHost(), new Clock()];
    const [one, two] = [
      replicaOf(host, clock, ['a.example']),
      replicaOf(host, clock, ['b.example']),
    ];
    for (let round = 0; round < 4; round++) {
      await one.certificate.round();
      await two.certificate.round();
    }
    expect(one.shown.length + two.shown.length).toBeLessThanOrEqual(3);
    expect(shownBy(one).subjectAltName).toBe('DNS:b.example, DNS:a.example');
  });

  it.each([
    ['is empty, as the manifests bring it', undefined],
    ['holds nonsense', { 'tls.crt': 'eA==', 'tls.key': 'eA==', 'ca.crt': 'eA==', 'ca.key': '' }],
  ])('is made where the Secret %s; what else is in it stays', async (_, data) => {
    const [host, clock] = [new FakeHost(), new Clock()];
    const metadata = { name: 'certificate', labels: { app: 'fedns' } };
    const path = '/api/v1/namespaces/kube-federation-system/secrets';
    await host.client.post(path, { metadata, ...(data && { data: { ...data, other: 'eA==' } }) });
    const replica = replicaOf(host, clock);
    await replica.certificate.round();
    expectAllTrusted(host, clock, [replica]);
    expect(host.secret?.metadata).toMatchObject({ labels: { app: 'fedns' } });
    if (data) expect(host.secret?.['data']).toMatchObject({ other: 'eA==' });
  });
});

describe('over four years, week by week, of two replicas', () => {
  it('what is shown is trusted at any time, authorities follow each other, keys change', async () => {
    const [host, clock] = [new FakeHost(), new Clock()];
    const replicas = [replicaOf(host, clock), replicaOf(host, clock)];
    const bundles = new Set<string>();
    for (let week = 0; week < 4 * 52; week++) {
      for (const replica of replicas) {
        await replica.certificate.round();
        // One that has not looked yet is trusted too.
        if (week > 0) expectAllTrusted(host, clock, replicas);
      }
      bundles.add(host.bundles[0] ?? '');
      clock.nowMs += 7 * DAY_MS;
    }
    const authorityCounts = [...bundles].map((bundle) => bundle.split('BEGIN').length - 1);
    expect(authorityCounts).toEqual([1, 2, 2, 1]);
    expect(new Set(replicas[0]?.shown.map(({ key }) => key)).size).toBeGreaterThan(20);
  }, 60_000);
});

describe('a new authority', () => {
  const due = async () => {
    const [host, clock] = [new FakeHost(), new Clock()];
    const replica = replicaOf(host, clock);
    await replica.certificate.round();
    clock.nowMs += (CERTIFICATE_TIMES.authorityLifeMs * 2) / 3 + DAY_MS;
    // The first renews the certificate, the second makes the authority.
    await replica.certificate.round();
    await replica.certificate.round();
    return { host, clock, replica };
  };

  it('signs only when it has been told for long enough', async () => {
    const { host, clock, replica } = await due();
    expect(replica.shown).toHaveLength(2);
    clock.nowMs += CERTIFICATE_TIMES.announcedMs - 1000;
    await replica.certificate.round();
    expect(replica.shown).toHaveLength(2);
    clock.nowMs += 1000;
    await replica.certificate.round();
    expect(replica.shown).toHaveLength(3);
    expectAllTrusted(host, clock, [replica]);
  });

  it('does not sign while it cannot be told', async () => {
    const { host, clock, replica } = await due();
    host.refuses = 403;
    await replica.certificate.round();
    clock.nowMs += DAY_MS;
    host.refuses = undefined;
    await replica.certificate.round();
    expect(replica.shown).toHaveLength(2);
    clock.nowMs += CERTIFICATE_TIMES.announcedMs;
    await replica.certificate.round();
    expect(replica.shown).toHaveLength(3);
  });

  it('is begun with at once where the old one has ended', async () => {
    const [host, clock] = [new FakeHost(), new Clock()];
    await replicaOf(host, clock).certificate.round();
    clock.nowMs += CERTIFICATE_TIMES.authorityLifeMs + DAY_MS;
    const replica = replicaOf(host, clock);
    await replica.certificate.round();
    expectAllTrusted(host, clock, [replica]);
  });
});

describe('replicas at once', () => {
  it('show the same certificate, of whoever was first', async () => {
    const [host, clock] = [new FakeHost(), new Clock()];
    const replicas = [1, 2, 3, 4, 5].map(() => replicaOf(host, clock));
    await Promise.all(replicas.map(({ certificate }) => certificate.prepare()));
    await Promise.all(replicas.map(({ certificate }) => certificate.round()));
    const last = replicas.map(({ shown }) => shown.at(-1)?.cert);
    expect(new Set(last).size).toBe(1);
    expect(replicas.every(({ shown }) => shown.length === 1)).toBe(true);
    expectAllTrusted(host, clock, replicas);
    clock.nowMs += 61 * DAY_MS;
    await Promise.all(replicas.map(({ certificate }) => certificate.round()));
    expect(new Set(replicas.map(({ shown }) => shown.at(-1)?.cert)).size).toBe(1);
    expect(replicas.every(({ shown }) => shown.length === 2)).toBe(true);
  });

  it('of which one never hears what came of its write, too', async () => {
    const [host, clock] = [new FakeHost(), new Clock()];
    const replicas = [replicaOf(host, clock), replicaOf(host, clock)];
    host.lostAnswers = 3;
    await Promise.all(replicas.map(({ certificate }) => certificate.round()));
    await Promise.all(replicas.map(({ certificate }) => certificate.round()));
    await Promise.all(replicas.map(({ certificate }) => certificate.round()));
    expect(new Set(replicas.map(({ shown }) => shown.at(-1)?.cert)).size).toBe(1);
    expectAllTrusted(host, clock, replicas);
  });
});

it('a host that is away leaves what is shown; a start without it waits', async () => {
  const [host, clock] = [new FakeHost(), new Clock()];
  const replica = replicaOf(host, clock);
  await replica.certificate.round();
  host.refuses = 500;
  clock.nowMs += 61 * DAY_MS;
  await replica.certificate.round();
  expect(replica.shown).toHaveLength(1);
  const late = replicaOf(host, clock);
  const prepared = late.certificate.prepare();
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(late.shown).toHaveLength(0);
  await late.certificate.stop();
  expect(await prepared).toBe(false);
});
