/**
 * Manifests -> the Domains and records that `fedns plan records` plans, with their status, and the
 * addresses of host names that a document of ours says: `resolved: {lb.example.net: [192.0.2.1]}`.
 * Pure; throws VerbError for what is wrong, one line each.
 */

import { checkObject } from '../../api/kubefed/check-object.ts';
import {
  DNS_GROUP,
  type DnsRecord,
  type DomainObject,
  readDomain,
  readIngressDnsRecord,
  readServiceDnsRecord,
} from '../../api/kubefed/dns-record-objects.ts';
import { textAt, valueAt } from '../../api/untyped.ts';
import {
  describeManifest,
  formatManifestProblem,
  type Manifest,
} from '../../api/yaml/manifests.ts';
import type { AllRecords } from '../../discovery/kubefed-records/plan-all-records.ts';
import { RESOLVED, resolvedHosts } from '../../discovery/shards-file.ts';
import { VerbError } from '../output.ts';
import { refusedManifest } from './read-manifest-files.ts';

export interface RecordManifests extends AllRecords {
  readonly resolved: ReadonlyMap<string, readonly string[]>;
  /** One line each: what says nothing here. */
  readonly remarks: readonly string[];
}

export function recordsOf(manifests: readonly Manifest[]): RecordManifests {
  const domains = new Map<string, DomainObject>();
  const records: DnsRecord[] = [];
  const resolved = new Map<string, readonly string[]>();
  const remarks: string[] = [];
  const seen = new Set<string>();
  for (const manifest of manifests) {
    const { object } = manifest;
    const kind = textAt(object, 'kind');
    if (kind === undefined) {
      for (const [host, ips] of readResolved(manifest)) resolved.set(host, ips);
      continue;
    }
    const isOfDns = textAt(object, 'apiVersion')?.startsWith(`${DNS_GROUP}/`) === true;
    if (!isOfDns || !KINDS.has(kind)) {
      const message = 'says no names, left out';
      remarks.push(formatManifestProblem(manifest, { field: '', message }));
      continue;
    }
    refuseWrong(manifest, seen);
    if (kind === 'ServiceDNSRecord') records.push(readServiceDnsRecord(object));
    else if (kind === 'IngressDNSRecord') records.push(readIngressDnsRecord(object));
    else domains.set(textAt(object, 'metadata', 'name') ?? '', readDomain(object));
  }
  return { domains, records, resolved, remarks };
}

const KINDS: ReadonlySet<string> = new Set(['Domain', 'ServiceDNSRecord', 'IngressDNSRecord']);

function refuseWrong(manifest: Manifest, seen: Set<string>): void {
  const { object } = manifest;
  const isDomain = textAt(object, 'kind') === 'Domain';
  for (const field of isDomain ? ['name'] : ['name', 'namespace']) {
    if ((textAt(object, 'metadata', field) ?? '') === '') {
      throw refusedManifest(manifest, `metadata.${field}`, 'is missing');
    }
  }
  const lines = checkObject(object).map((problem) => formatManifestProblem(manifest, problem));
  if (lines.length > 0) throw new VerbError(lines.join('\n'), 2);
  // A record refers to its Domain by the name alone.
  const id = isDomain ? `Domain ${textAt(object, 'metadata', 'name')}` : describeManifest(object);
  if (seen.has(id)) throw refusedManifest(manifest, '', 'is there twice');
  seen.add(id);
}

function readResolved(manifest: Manifest): Map<string, readonly string[]> {
  const said = valueAt(manifest.object, 'resolved');
  if (said === undefined) throw refusedManifest(manifest, 'kind', 'is missing');
  const checked = RESOLVED.safeParse(said);
  if (checked.success) return resolvedHosts(checked.data);
  const [issue] = checked.error.issues;
  const host = String(issue?.path[0] ?? '');
  const field = host === '' ? 'resolved' : `resolved["${host}"]`;
  const line = manifest.lineOf(field);
  throw new VerbError(`${manifest.file}:${line}: ${field}: ${issue?.message ?? 'is wrong'}`, 2);
}
