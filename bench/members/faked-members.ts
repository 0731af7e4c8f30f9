/**
 * Many members in one process of their own, for the bench: they speak the real API (lists by
 * watch, watches, bookmarks) over what a formula says they hold. Run with counts as arguments;
 * takes commands on stdin, one a line, and prints `ready PORT` first.
 *
 *   flip MEMBER SERVICE   its endpoint goes or comes back; prints `flipped MEMBER SERVICE READY`
 *   churn PER_SECOND      endpoints of others come and go, so many a second
 *   heal                  all are back
 */

import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';

const [memberCount, serviceCount, copies, endpointCount] = process.argv.slice(2).map(Number) as [
  number,
  number,
  number,
  number,
];
const REGIONS = 10;
const LINES_AT_ONCE = 500;

interface Watcher {
  readonly response: ServerResponse;
  readonly member: number;
}

/** Slice watchers of each member. */
const watchers = new Map<number, Set<Watcher>>();
/** `member service` -> whether its endpoints are gone. */
const gone = new Set<string>();
let version = 1000;

/** The members that hold this service. */
function membersOf(service: number): number[] {
  return Array.from({ length: copies }, (_, copy) => (service + copy * 17) % memberCount);
}

const held: number[][] = Array.from({ length: memberCount }, () => []);
for (let service = 0; service < serviceCount; service++) {
  for (const member of membersOf(service)) held[member]?.push(service);
}

function servicesOf(member: number): number[] {
  return held[member] ?? [];
}

function nameOf(service: number): { namespace: string; name: string } {
  return { namespace: `ns-${service % 100}`, name: `service-${service}` };
}

function metadataOf(service: number, member: number, suffix = ''): Record<string, unknown> {
  const { namespace, name } = nameOf(service);
  return {
    namespace,
    name: `${name}${suffix}`,
    uid: uidOf(member, service, suffix),
    resourceVersion: String(version),
    creationTimestamp: '2026-01-01T00:00:00Z',
    managedFields: [{ manager: 'kube-controller-manager', operation: 'Update', fieldsV1: {} }],
  };
}

/** As long as a real one. */
function uidOf(member: number, service: number, suffix: string): string {
  const kind = suffix === '' ? '4000' : '4001';
  const text = (value: number, length: number) => String(value).padStart(length, '0');
  return `${text(member, 8)}-0000-${kind}-8000-${text(service, 12)}`;
}

function serviceObject(service: number, member: number): object {
  // Loopback, for they are probed: nobody listens, so each is refused at once.
  const address = `127.${member + 1}.${service >> 8}.${service & 255}`;
  return {
    metadata: { ...metadataOf(service, member), labels: labelsOf(service) },
    spec: {
      type: 'LoadBalancer',
      clusterIPs: [`10.96.${service >> 8}.${service & 255}`],
      ports: [{ port: 80, protocol: 'TCP', targetPort: 8080, nodePort: 30_000 }],
      selector: { app: nameOf(service).name },
    },
    status: { loadBalancer: { ingress: [{ ip: address }] } },
  };
}

/** What a chart gives it. */
function labelsOf(service: number): Record<string, string> {
  const { name } = nameOf(service);
  return {
    'app.kubernetes.io/name': name,
    'app.kubernetes.io/instance': `${name}-release`,
    'app.kubernetes.io/managed-by': 'Helm',
    'helm.sh/chart': 'service-1.2.3',
  };
}

function sliceObject(service: number, member: number): object {
  const ready = !gone.has(`${member} ${service}`);
  const { name } = nameOf(service);
  return {
    metadata: {
      ...metadataOf(service, member, '-x7f2p'),
      labels: { 'kubernetes.io/service-name': name },
    },
    addressType: 'IPv4',
    ports: [{ name: '', port: 8080, protocol: 'TCP' }],
    endpoints: Array.from({ length: endpointCount }, (_, index) => ({
      addresses: [`10.200.${service & 255}.${index}`],
      conditions: { ready, serving: ready, terminating: false },
      targetRef: { kind: 'Pod', name: `${name}-${index}`, uid: `p-${service}-${index}` },
      nodeName: `node-${index}`,
    })),
  };
}

function* objectsOf(kind: string, member: number): Generator<object> {
  if (kind === 'services') for (const one of servicesOf(member)) yield serviceObject(one, member);
  if (kind === 'endpointslices')
    for (const one of servicesOf(member)) yield sliceObject(one, member);
  if (kind !== 'nodes') return;
  const labels = {
    'topology.kubernetes.io/region': `region-${member % REGIONS}`,
    'topology.kubernetes.io/zone': `zone-${member}`,
  };
  yield {
    metadata: { name: 'node-0', uid: `n${member}`, resourceVersion: String(version), labels },
  };
}

function bookmark(endsInitial: boolean): string {
  const annotations = endsInitial ? { 'k8s.io/initial-events-end': 'true' } : {};
  const metadata = { resourceVersion: String(version), annotations };
  return `${JSON.stringify({ type: 'BOOKMARK', object: { metadata } })}\n`;
}

const KINDS = ['services', 'endpointslices', 'nodes'];

/** A list in pages: whoever was cut off while it streamed asks so. */
function pageOf(kind: string, member: number, query: URLSearchParams): string {
  const from = Number(query.get('continue') ?? 0);
  const to = from + Number(query.get('limit') ?? Number.POSITIVE_INFINITY);
  const all = [...objectsOf(kind, member)];
  const next = to < all.length ? { continue: String(to) } : {};
  return JSON.stringify({
    metadata: { resourceVersion: String(version), ...next },
    items: all.slice(from, to),
  });
}

/** A list as it is streamed, in pieces. */
function* linesOf(kind: string, member: number): Generator<string, void, undefined> {
  let lines = '';
  let count = 0;
  for (const object of objectsOf(kind, member)) {
    lines += `${JSON.stringify({ type: 'ADDED', object })}\n`;
    if (++count % LINES_AT_ONCE !== 0) continue;
    yield lines;
    lines = '';
  }
  yield lines + bookmark(true);
}

const FIRST_VERSION = version;
/**
 * Made before anybody asks, for as long as nothing changed: real members do not share the product's
 * cores, and answer probes while they list.
 */
const firstLists = new Map(
  held.flatMap((_, member) =>
    KINDS.map((kind): [string, Buffer[]] => {
      return [
        `${kind} ${member}`,
        Array.from(linesOf(kind, member), (lines) => Buffer.from(lines)),
      ];
    }),
  ),
);

async function say(response: ServerResponse, kind: string, member: number): Promise<void> {
  const first = version === FIRST_VERSION ? firstLists.get(`${kind} ${member}`) : undefined;
  for (const lines of first ?? linesOf(kind, member)) {
    const isFree = response.write(lines);
    if (!isFree) await new Promise((resolve) => response.once('drain', resolve));
    if (response.destroyed) return;
  }
}

const server = createServer((request, response) => {
  const url = new URL(request.url ?? '/', 'http://members');
  const [, , index, ...path] = url.pathname.split('/');
  const member = Number(index);
  const kind = path.at(-1) ?? '';
  if (kind === 'readyz') response.end('ok');
  else if (kind === 'version') response.end('{"gitVersion":"v1.36.3-faked"}');
  else if (url.searchParams.get('watch') !== 'true') {
    if (KINDS.includes(kind)) response.end(pageOf(kind, member, url.searchParams));
    else {
      response.statusCode = 404;
      response.end('{"kind":"Status","code":404,"reason":"NotFound"}');
    }
  } else {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.flushHeaders();
    const seconds = Number(url.searchParams.get('timeoutSeconds') ?? 60);
    const ends = setTimeout(() => response.end(bookmark(false)), seconds * 1000);
    const watcher = { response, member };
    if (kind === 'endpointslices') {
      const known = watchers.get(member) ?? new Set();
      watchers.set(member, known.add(watcher));
    }
    response.on('close', () => {
      clearTimeout(ends);
      watchers.get(member)?.delete(watcher);
    });
    if (url.searchParams.get('sendInitialEvents') === 'true') void say(response, kind, member);
  }
});
server.keepAliveTimeout = 60_000;

function tell(service: number, member: number): void {
  version++;
  const line = `${JSON.stringify({ type: 'MODIFIED', object: sliceObject(service, member) })}\n`;
  for (const { response } of watchers.get(member) ?? []) response.write(line);
}

let churnTimer: NodeJS.Timeout | undefined;
/** Twenty times a second as many as it takes. */
function churn(perSecond: number): void {
  clearInterval(churnTimer);
  let at = 0;
  let owed = 0;
  churnTimer = setInterval(() => {
    owed += perSecond / 20;
    for (; owed >= 1; owed--) {
      // Another service each time, one of its members; the answer changes with each.
      at = (at + 7919) % serviceCount;
      const member = membersOf(at)[0] ?? 0;
      const key = `${member} ${at}`;
      if (!gone.delete(key)) gone.add(key);
      tell(at, member);
    }
  }, 50);
}

function heal(): void {
  clearInterval(churnTimer);
  const keys = [...gone];
  gone.clear();
  for (const key of keys) {
    const [member = 0, service = 0] = key.split(' ').map(Number);
    tell(service, member);
  }
}

createInterface({ input: process.stdin }).on('line', (line) => {
  const [command, first, second] = line.split(' ');
  if (command === 'churn') churn(Number(first));
  if (command === 'heal') heal();
  if (command !== 'flip') return;
  const key = `${first} ${second}`;
  if (!gone.delete(key)) gone.add(key);
  tell(Number(second), Number(first));
  process.stdout.write(`flipped ${key} ${!gone.has(key)}\n`);
});

server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`ready ${(server.address() as AddressInfo).port}\n`);
});
