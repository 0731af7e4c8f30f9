/**
 * Zone-file text <-> RRsets, RFC 1035 section 5 and RFC 2308 section 4 ($TTL). Takes what an
 * operator writes, gives what build and overlay take. Refused: $INCLUDE, $GENERATE, classes but IN.
 */

import { formatType, parseType } from './codes.ts';
import { InputError } from './errors.ts';
import { TTL_SECONDS_MAX } from './limits.ts';
import { type DomainName, formatName, parseName } from './name.ts';
import { formatRdata, parseRdataTokens, readSeconds } from './rdata/index.ts';
import { makeRRset, type Rdata, type RRset } from './rrset.ts';
import { type Entry, scanEntries, type Token } from './tokens.ts';

export interface ZoneFileOptions {
  /** What relative names stand under until $ORIGIN says otherwise. */
  readonly origin: DomainName;
  /** For errors: `path:line`. */
  readonly path: string;
  /** TTL of records before any $TTL; without it such a record is an error. */
  readonly defaultTtlSeconds?: number;
}

interface Gathered {
  readonly owner: DomainName;
  readonly type: number;
  ttlSeconds: number;
  readonly rdatas: Rdata[];
}

interface State {
  origin: DomainName;
  owner: DomainName | undefined;
  defaultTtl: number | undefined;
  readonly gathered: Map<string, Gathered>;
}

/**
 * One RRset for each owner and type, in the order in which they first appear. Records of one set
 * with different TTLs take the smallest (RFC 2181 section 5.2). Throws InputError `path:line`.
 */
export function parseZoneFile(text: string, options: ZoneFileOptions): RRset[] {
  const state: State = {
    origin: options.origin,
    owner: undefined,
    defaultTtl: options.defaultTtlSeconds,
    gathered: new Map(),
  };
  for (const entry of scanEntries(text, options.path)) {
    at(options.path, entry.line, () => readEntry(entry, state));
  }
  return Array.from(state.gathered.values(), ({ owner, type, ttlSeconds, rdatas }) =>
    at(options.path, undefined, () => makeRRset(owner, type, { ttlSeconds, rdatas })),
  );
}

/** One line a record: `owner TTL IN type data`, names absolute. */
export function formatRRset(rrset: RRset): string[] {
  const start = `${formatName(rrset.owner)} ${rrset.ttlSeconds} IN ${formatType(rrset.type)}`;
  return rrset.rdatas.map((rdata) => `${start} ${formatRdata(rrset.type, rdata)}`);
}

/** Gives errors from below the place in the file. */
function at<T>(path: string, line: number | undefined, run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof InputError) || error.path !== undefined) throw error;
    const where = line === undefined ? path : `${path}:${line}`;
    throw new InputError(error.code, error.message, where);
  }
}

function readEntry(entry: Entry, state: State): void {
  const first = entry.tokens[0] as Token;
  if (!entry.isIndented && !first.isQuoted && first.text.startsWith('$')) {
    readDirective(entry.tokens, state);
    return;
  }
  if (!entry.isIndented) state.owner = parseName(first.text, state.origin);
  if (state.owner === undefined) throw syntax('the first record has no owner name');
  const fields = readFields(entry.isIndented ? entry.tokens : entry.tokens.slice(1));
  const ttlSeconds = fields.ttlSeconds ?? state.defaultTtl;
  if (ttlSeconds === undefined) throw syntax('no TTL is given, and no $TTL before');
  const rdata = parseRdataTokens(fields.type, fields.tokens, state.origin);
  gather(state, { owner: state.owner, type: fields.type, ttlSeconds, rdatas: [rdata] });
}

function gather(state: State, record: Gathered): void {
  const key = `${record.type} ${record.owner}`;
  const held = state.gathered.get(key);
  if (held === undefined) {
    state.gathered.set(key, record);
    return;
  }
  held.ttlSeconds = Math.min(held.ttlSeconds, record.ttlSeconds);
  held.rdatas.push(...record.rdatas);
}

function readDirective(tokens: readonly Token[], state: State): void {
  const [directive, argument] = tokens.map((token) => token.text);
  switch (directive?.toUpperCase()) {
    case '$ORIGIN':
      if (argument === undefined) throw syntax('$ORIGIN needs a name');
      state.origin = parseName(argument, state.origin);
      return;
    case '$TTL':
      state.defaultTtl = readTtl(argument ?? '');
      if (state.defaultTtl === undefined) throw syntax('$TTL needs a time');
      return;
    case '$INCLUDE':
      throw new InputError('ZONE_INCLUDE', '$INCLUDE is refused: one file holds the whole zone');
    default:
      throw syntax(`unknown directive "${directive}"`);
  }
}

interface Fields {
  readonly ttlSeconds: number | undefined;
  readonly type: number;
  readonly tokens: readonly Token[];
}

/** [TTL] [class] type or [class] [TTL] type, RFC 1035 section 5.1. */
function readFields(tokens: readonly Token[]): Fields {
  let ttlSeconds: number | undefined;
  let hasClass = false;
  for (let index = 0; index < tokens.length; index++) {
    const { text } = tokens[index] as Token;
    const ttl = ttlSeconds === undefined ? readTtl(text) : undefined;
    const type = parseType(text);
    if (ttl !== undefined) ttlSeconds = ttl;
    else if (!hasClass && /^(?:IN|CLASS1)$/i.test(text)) hasClass = true;
    else if (/^(?:CH|HS|CS|CLASS[0-9]+)$/i.test(text)) throw syntax(`class ${text} is not served`);
    else if (type !== undefined) return { ttlSeconds, type, tokens: tokens.slice(index + 1) };
    else throw syntax(`"${text}" is no TTL, class or type`);
  }
  throw syntax('the record has no type');
}

function readTtl(text: string): number | undefined {
  const seconds = readSeconds(text);
  if (seconds !== undefined && seconds > TTL_SECONDS_MAX) throw syntax(`TTL ${text} is too long`);
  return seconds;
}

function syntax(message: string): InputError {
  return new InputError('ZONE_SYNTAX', message);
}
