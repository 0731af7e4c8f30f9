/**
 * The real CoreDNS as the resolver of a cluster, with a stub zone that forwards to us: it must not
 * take us for dead (its health check asks `. NS`), and after our restart names resolve at once.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, it } from 'vitest';
import { startCoredns } from '../lab/coredns.ts';
import type { RunningProcess } from '../lab/process.ts';
import { ask, ends, makePlace, startServe, until } from '../scenario/running-fedns.ts';

const SHARDS = `federation: f
domain: example.com
clusters: [{name: c1, region: r1, zones: [z1]}]
services:
  - {namespace: n, name: s, shards: [{cluster: c1, loadBalancer: [{ip: 192.0.2.1}], readyEndpoints: 1}]}
`;
const NAME = 's.n.f.svc.z1.r1.example.com';

const running: RunningProcess[] = [];
afterEach(async () => {
  for (const one of running.splice(0)) await one.kill9();
});

it('a stub zone survives our restart, and the health check is answered', async () => {
  const place = await makePlace({ shards: SHARDS });
  const first = await startServe(place);
  running.push(first);
  const resolver = await startCoredns({
    corefile: `example.com:PORT {
      bind 127.0.0.1
      errors
      forward . 127.0.0.1:${place.port} {
        policy sequential
        health_check 500ms
        failfast_all_unhealthy_upstreams
      }
    }`,
  });
  running.push(resolver);
  const resolves = async () => (await ends(resolver.port, NAME)) === '192.0.2.1';
  expect(await until(resolves, 5000)).toBe(true);

  await first.kill9();
  // Questions make it look, three failed checks make us dead to it: then it fails fast.
  const isDown = async () => (await ends(resolver.port, NAME)) === 'SERVFAIL';
  expect(await until(isDown, 10_000)).toBe(true);
  await sleep(2000);
  running.push(await startServe(place));
  expect(await until(async () => (await ends(place.port, NAME)) === '192.0.2.1', 5000)).toBe(true);
  const back = performance.now();
  const isBack = await until(resolves, 6000);
  console.info(
    `resolves through CoreDNS ${Math.round(performance.now() - back)} ms after we are back (target 2000)`,
  );
  expect(isBack).toBe(true);

  const asked = performance.now();
  const root = await ask(place.port, '.', 'NS');
  console.info(`. NS answered in ${(performance.now() - asked).toFixed(1)} ms (target 10)`);
  expect(root?.rcode).toBe('REFUSED');
  expect(performance.now() - asked).toBeLessThan(100);
});
