/**
 * Many members in one process of their own, for the bench: they speak enough of the real API to be
 * written to (create, read, replace, patch, delete) and followed (lists by watch, bookmarks), and
 * hold what they were given. Run with their count; answers on stdin's lines, prints `ready PORT` first.
 *
 *   counts               prints `counts COPIES WRITES`: copies held, writes taken, all together
 *   writes               prints `writes MEMBER=N ...`: of those that took any since the last `writes`
 *   with HASH-LABEL      prints `with N`: copies that bear the label `wave` with this value
 */

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';

const memberCount = Number(process.argv[2]);

interface Copy {
  readonly uid: string;
  readonly version: number;
  readonly generation: number;
  /** JSON of labels and annotations, and of all the rest: shared by the copies of one object. */
  readonly metadata: string;
  readonly content: string;
}

interface Member {
  /** Collection (`apps/deployments`) -> key -> copy. */
  readonly collections: Map<string, Map<string, Copy>>;
  readonly watchers: Map<string, Set<ServerResponse>>;
  writes: number;
  told: number;
}

const members: Member[] = Array.from({ length: memberCount }, () => ({
  collections: new Map(),
  watchers: new Map(),
  writes: 0,
  told: 0,
}));
let version = 1000;
let nextUid = 1;
const waves = new Map<string, number>();

/** One text for all that are equal: half a million copies fit into little. */
const texts = new Map<string, string>();
function shared(text: string): string {
  const known = texts.get(text);
  if (known !== undefined) return known;
  if (texts.size > 200_000) texts.clear();
  texts.set(text, text);
  return text;
}

interface Place {
  readonly member: Member;
  readonly collection: string;
  readonly namespace: string;
  readonly name: string;
}

/** `/m7/apis/apps/v1/namespaces/shop/deployments/web`. */
function placeOf(path: string): Place | undefined {
  const [, index = '', ...rest] = path.split('/');
  const member = members[Number(index.slice(1))];
  const from = rest[0] === 'api' ? 2 : 3;
  const within = rest.slice(from);
  const isNamespaced = within[0] === 'namespaces' && within.length > 2;
  const [plural = '', name = ''] = isNamespaced ? within.slice(2) : within;
  if (member === undefined || plural === '') return undefined;
  return { member, collection: plural, namespace: isNamespaced ? (within[1] ?? '') : '', name };
}

const keyOf = ({ namespace, name }: Place) => (namespace === '' ? name : `${namespace}/${name}`);

function copiesOf({ member, collection }: Place): Map<string, Copy> {
  let copies = member.collections.get(collection);
  if (copies === undefined) {
    copies = new Map();
    member.collections.set(collection, copies);
  }
  return copies;
}

/** As metadata-only watches and lists show it. */
function slimText(key: string, copy: Copy): string {
  const [first = '', second] = key.split('/');
  const name = second ?? first;
  const namespace = second === undefined ? '' : `"namespace":"${first}",`;
  const { uid, version: at, generation, metadata } = copy;
  return `{"metadata":{"name":"${name}",${namespace}"uid":"${uid}","resourceVersion":"${at}","generation":${generation},${metadata}}}`;
}

function wholeText(key: string, copy: Copy): string {
  return `${slimText(key, copy).slice(0, -1)}${copy.content}}`;
}

function tell(place: Place, type: string, copy: Copy): void {
  const line = `{"type":"${type}","object":${slimText(keyOf(place), copy)}}\n`;
  for (const watcher of place.member.watchers.get(place.collection) ?? []) watcher.write(line);
}

/** As API servers do. */
const BOOKMARKS_MS = 60_000;

const bookmark = (annotations = '{}') =>
  `{"type":"BOOKMARK","object":{"metadata":{"resourceVersion":"${version}","annotations":${annotations}}}}\n`;

function watch(place: Place, query: URLSearchParams, response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'application/json' });
  response.flushHeaders();
  if (query.get('sendInitialEvents') === 'true') {
    let lines = '';
    for (const [key, copy] of copiesOf(place)) {
      lines += `{"type":"ADDED","object":${slimText(key, copy)}}\n`;
      if (lines.length > 100_000) {
        response.write(lines);
        lines = '';
      }
    }
    response.write(lines + bookmark('{"k8s.io/initial-events-end":"true"}'));
  }
  const { watchers } = place.member;
  const known = watchers.get(place.collection) ?? new Set();
  watchers.set(place.collection, known.add(response));
  const seconds = Number(query.get('timeoutSeconds') ?? 60);
  const ends = setTimeout(() => response.end(bookmark()), seconds * 1000);
  const reminds = setInterval(() => response.write(bookmark()), BOOKMARKS_MS);
  response.on('close', () => {
    clearTimeout(ends);
    clearInterval(reminds);
    known.delete(response);
  });
}

function list(place: Place): string {
  const items = [...copiesOf(place)].map(([key, copy]) => slimText(key, copy));
  return `{"metadata":{"resourceVersion":"${version}"},"items":[${items.join(',')}]}`;
}

interface Given {
  readonly metadata?: {
    readonly name?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
}

function store(place: Place, given: Given, before: Copy | undefined): Copy {
  const { metadata = {}, ...rest } = given;
  const { labels = {}, annotations = {} } = metadata;
  const content = shared(`,${JSON.stringify(rest).slice(1, -1)}`);
  const meta = JSON.stringify({ labels, annotations }).slice(1, -1);
  const isSame = before?.content === content;
  const copy = {
    uid: before?.uid ?? `00000000-0000-4000-8000-${String(nextUid++).padStart(12, '0')}`,
    version: ++version,
    generation: before === undefined ? 1 : before.generation + Number(!isSame),
    metadata: shared(meta),
    content,
  };
  copiesOf(place).set(keyOf(place), copy);
  place.member.writes++;
  const wave = labels['wave'];
  if (wave !== undefined) waves.set(wave, (waves.get(wave) ?? 0) + 1);
  tell(place, before === undefined ? 'ADDED' : 'MODIFIED', copy);
  return copy;
}

const refuse = (response: ServerResponse, code: number, reason: string) => {
  response.statusCode = code;
  response.end(`{"kind":"Status","code":${code},"reason":"${reason}"}`);
};

async function bodyOf(request: IncomingMessage): Promise<Given> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return JSON.parse(Buffer.concat(chunks).toString('utf8')) as Given;
}

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://members');
  if (url.pathname.endsWith('/healthz')) return void response.end('ok');
  if (url.pathname.endsWith('/version')) return void response.end('{"gitVersion":"v1.36.3-faked"}');
  const at = placeOf(url.pathname);
  if (at === undefined) return refuse(response, 404, 'NotFound');
  if (request.method === 'GET' && at.name === '') {
    if (url.searchParams.get('watch') === 'true') return watch(at, url.searchParams, response);
    return void response.end(list(at));
  }
  const given = request.method === 'GET' ? {} : await bodyOf(request);
  const place = at.name === '' ? { ...at, name: given.metadata?.name ?? '' } : at;
  const before = copiesOf(place).get(keyOf(place));
  if (request.method === 'POST') {
    if (before !== undefined) return refuse(response, 409, 'AlreadyExists');
    response.statusCode = 201;
    return void response.end(wholeText(keyOf(place), store(place, given, undefined)));
  }
  if (before === undefined) return refuse(response, 404, 'NotFound');
  if (request.method === 'GET') return void response.end(wholeText(keyOf(place), before));
  if (request.method === 'PUT') {
    return void response.end(wholeText(keyOf(place), store(place, given, before)));
  }
  if (request.method !== 'DELETE') return refuse(response, 405, 'MethodNotAllowed');
  copiesOf(place).delete(keyOf(place));
  place.member.writes++;
  tell(place, 'DELETED', { ...before, version: ++version });
  response.end('{"kind":"Status","status":"Success"}');
}

const server = createServer((request, response) => {
  answer(request, response).catch(() => refuse(response, 500, 'InternalError'));
});
server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`ready ${(server.address() as AddressInfo).port}\n`);
});

createInterface({ input: process.stdin }).on('line', (line) => {
  const [verb, argument = ''] = line.split(' ');
  if (verb === 'counts') {
    const copies = members.reduce(
      (sum, { collections }) =>
        sum + [...collections.values()].reduce((count, each) => count + each.size, 0),
      0,
    );
    const writes = members.reduce((sum, member) => sum + member.writes, 0);
    process.stdout.write(`counts ${copies} ${writes}\n`);
  } else if (verb === 'writes') {
    const told = members.flatMap((member, index) => {
      const count = member.writes - member.told;
      member.told = member.writes;
      return count > 0 ? [`${index}=${count}`] : [];
    });
    process.stdout.write(`writes ${told.join(' ')}\n`);
  } else if (verb === 'with') process.stdout.write(`with ${waves.get(argument) ?? 0}\n`);
});
