/**
 * What the owner of a Service asks of us, by annotations `fedns.io/…`: text -> checked wishes. A
 * bad one is told and read as not said: one slip takes nobody's name away.
 */

import { nearestWord } from '../../api/nearest-word.ts';
import { SERVED_TTL_SECONDS_MAX } from '../../dns/limits.ts';
import { WHEN_UNREACHABLE, type WhenUnreachable } from './liveness.ts';
import {
  isProbeHost,
  isTlsName,
  PROBE_PATH_LENGTH_MAX,
  type ProbeWish,
  readProbe,
  readStatuses,
  type StatusRange,
} from './probe-wish.ts';

/** Where a shard's addresses are taken from; only the first unless its owner says more. */
export const ADDRESS_SOURCES = [
  'load-balancer',
  'external-ips',
  'cluster-ips',
  'node-ports',
  'endpoints',
] as const;
export type AddressSource = (typeof ADDRESS_SOURCES)[number];

/** Their ports are not the Service's: a client that gets both sorts knows no port for all. */
const SOURCES_ALONE: readonly AddressSource[] = ['node-ports', 'endpoints'];

/** How a load balancer's host name is answered where nothing else is to be answered. */
export const HOST_NAME_FORMS = ['addresses', 'cname'] as const;
export type HostNameForm = (typeof HOST_NAME_FORMS)[number];

export interface ShardWishes {
  /** Undefined: the default of its namespace, or the global one. */
  readonly whenUnreachable?: WhenUnreachable;
  readonly ttlSeconds?: number;
  readonly allowWithoutEndpoints?: boolean;
  readonly probeOverridesApi?: boolean;
  /**
   * `none`: its addresses are not probed. A port: asked instead of the Service's first one. Else
   * asked by HTTP(S), and the next three say how.
   */
  readonly probe?: ProbeWish;
  /** Undefined: PROBE_STATUSES. */
  readonly probeStatuses?: StatusRange;
  /** Host header; undefined: the address. */
  readonly probeHost?: string;
  /** The certificate must be trusted and carry it; undefined: whichever it is will do. */
  readonly probeTlsName?: string;
  readonly drain?: boolean;
  /** The control plane's: its workload is about to be taken out of that cluster. */
  readonly leaving?: boolean;
  readonly addresses?: readonly AddressSource[];
  readonly hostNameAs?: HostNameForm;
  readonly weight?: number;
  readonly rank?: number;
  readonly capacity?: number;
}

export interface ReadWishes {
  readonly wishes: ShardWishes;
  /** One line each, `fedns.io/ttl: "x" is …`. */
  readonly problems: readonly string[];
}

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

const NOTHING_SAID: ReadWishes = { wishes: {}, problems: [] };

/** Names come without the prefix. */
export function readWishes(given: ReadonlyMap<string, string>): ReadWishes {
  if (given.size === 0) return NOTHING_SAID;
  const wishes: Mutable<ShardWishes> = {};
  const problems: string[] = [];
  for (const [name, text] of given) {
    const problem = takeWish(wishes, name, text.trim());
    if (problem !== undefined) problems.push(`annotation fedns.io/${name}: ${problem}`);
  }
  problems.push(...dropUseless(wishes));
  return { wishes, problems };
}

/** What says how to ask by HTTP where nobody is asked so, would be believed and is not: told. */
function dropUseless(wishes: Mutable<ShardWishes>): string[] {
  const scheme = typeof wishes.probe === 'object' ? wishes.probe.scheme : undefined;
  const problems: string[] = [];
  const drop = (
    field: 'probeStatuses' | 'probeHost' | 'probeTlsName',
    name: string,
    of: string,
  ) => {
    if (wishes[field] === undefined) return;
    const said = String(wishes[field]).replace(',', '-');
    delete wishes[field];
    problems.push(`annotation fedns.io/${name}: "${said}" says nothing without a probe by ${of}`);
  };
  if (scheme === undefined) drop('probeStatuses', 'probe-status', 'http or https');
  if (scheme === undefined) drop('probeHost', 'probe-host', 'http or https');
  if (scheme !== 'https') drop('probeTlsName', 'probe-tls-name', 'https');
  return problems;
}

/** Bounds of weight and rank, and of capacity: our choice. */
export const RANK_MAX = 1_000_000;
export const CAPACITY_MAX = 1e12;

/** As much of a bad text is told. */
const SAID_LENGTH_MAX = 64;

const NAMES = [
  'when-unreachable',
  'ttl',
  'allow-without-endpoints',
  'probe-overrides-api',
  'probe',
  'probe-status',
  'probe-host',
  'probe-tls-name',
  'drain',
  'leaving',
  'addresses',
  'host-name-as',
  'weight',
  'rank',
  'capacity',
];

/** Gives what is wrong, if anything is. */
function takeWish(wishes: Mutable<ShardWishes>, name: string, text: string): string | undefined {
  switch (name) {
    case 'when-unreachable': {
      const policy = WHEN_UNREACHABLE.find((word) => word === text);
      if (policy === undefined) return `"${text}" is none of ${WHEN_UNREACHABLE.join(', ')}`;
      wishes.whenUnreachable = policy;
      return undefined;
    }
    case 'ttl':
      return takeNumber(text, { min: 1, max: SERVED_TTL_SECONDS_MAX, isWhole: true }, (value) => {
        wishes.ttlSeconds = value;
      });
    case 'allow-without-endpoints':
      return takeFlag(text, (value) => {
        wishes.allowWithoutEndpoints = value;
      });
    case 'probe-overrides-api':
      return takeFlag(text, (value) => {
        wishes.probeOverridesApi = value;
      });
    case 'drain':
      return takeFlag(text, (value) => {
        wishes.drain = value;
      });
    case 'leaving':
      return takeFlag(text, (value) => {
        wishes.leaving = value;
      });
    case 'probe':
    case 'probe-status':
    case 'probe-host':
    case 'probe-tls-name':
      return takeProbe(wishes, name, text);
    case 'addresses':
      return takeSources(text, wishes);
    case 'host-name-as': {
      const form = HOST_NAME_FORMS.find((word) => word === text);
      if (form === undefined) return `"${text}" is none of ${HOST_NAME_FORMS.join(', ')}`;
      wishes.hostNameAs = form;
      return undefined;
    }
    case 'weight':
    case 'rank':
      return takeNumber(text, { min: 0, max: RANK_MAX, isWhole: true }, (value) => {
        wishes[name] = value;
      });
    case 'capacity':
      return takeNumber(text, { min: 0, max: CAPACITY_MAX, isWhole: false }, (value) => {
        wishes.capacity = value;
      });
    default: {
      const near = nearestWord(name, NAMES);
      return near === undefined ? 'not known' : `not known, did you mean fedns.io/${near}?`;
    }
  }
}

function takeSources(text: string, wishes: Mutable<ShardWishes>): string | undefined {
  const words = text.split(',').map((word) => word.trim());
  const unknown = words.find((word) => !ADDRESS_SOURCES.some((source) => source === word));
  if (unknown !== undefined) return `"${unknown}" is none of ${ADDRESS_SOURCES.join(', ')}`;
  const sources = ADDRESS_SOURCES.filter((source) => words.includes(source));
  const alone = SOURCES_ALONE.find((source) => sources.includes(source));
  if (alone !== undefined && sources.length > 1) {
    return `"${alone}" stands alone, for its addresses answer at other ports`;
  }
  wishes.addresses = sources;
  return undefined;
}

function takeProbe(
  wishes: Mutable<ShardWishes>,
  name: 'probe' | 'probe-status' | 'probe-host' | 'probe-tls-name',
  text: string,
): string | undefined {
  const said = text.length > SAID_LENGTH_MAX ? `${text.slice(0, SAID_LENGTH_MAX)}…` : text;
  switch (name) {
    case 'probe': {
      const probe = readProbe(text);
      if (probe === undefined)
        return `"${said}" is neither none nor a port from 1 to 65535, nor http:PORT/path or https:PORT/path (at most ${PROBE_PATH_LENGTH_MAX} visible characters)`;
      wishes.probe = probe;
      return undefined;
    }
    case 'probe-status': {
      const statuses = readStatuses(text);
      if (statuses === undefined) return `"${said}" is no status, nor range, from 200 to 599`;
      wishes.probeStatuses = statuses;
      return undefined;
    }
    case 'probe-host':
      if (!isProbeHost(text)) return `"${said}" is no host name or address, with a port or without`;
      wishes.probeHost = text;
      return undefined;
    case 'probe-tls-name':
      if (!isTlsName(text)) return `"${said}" is no name that a certificate may carry`;
      wishes.probeTlsName = text;
      return undefined;
    default:
      return name satisfies never;
  }
}

function takeFlag(text: string, take: (value: boolean) => void): string | undefined {
  if (text !== 'true' && text !== 'false') return `"${text}" is neither true nor false`;
  take(text === 'true');
  return undefined;
}

function takeNumber(
  text: string,
  range: { readonly min: number; readonly max: number; readonly isWhole: boolean },
  take: (value: number) => void,
): string | undefined {
  const value = text === '' ? Number.NaN : Number(text);
  const isKind = range.isWhole ? Number.isInteger(value) : Number.isFinite(value);
  if (!isKind || value < range.min || value > range.max) {
    const kind = range.isWhole ? 'a whole number' : 'a number';
    return `"${text}" is not ${kind} from ${range.min} to ${range.max}`;
  }
  take(value);
  return undefined;
}
