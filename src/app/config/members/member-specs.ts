/**
 * The configuration's members -> their specs, and the access to the host cluster that names
 * others: kubeconfigs found and read, names and places checked.
 * Errors are InputErrors that name setting, file and context.
 */

import { createHash } from 'node:crypto';
import { checkedLabel } from '../../../discovery/owner-names.ts';
import { InputError } from '../../../dns/errors.ts';
import type { ClusterAccess } from '../../../kubernetes/cluster-access.ts';
import {
  inClusterAccess,
  KubeconfigError,
  loadKubeconfig,
} from '../../../kubernetes/kubeconfig.ts';
import type { HostSource, MembershipSources } from '../../../members/membership.ts';
import type { MemberSpec } from '../../../members/registry.ts';
import type { Config } from '../config-schema.ts';
import type { ReadConfig } from '../read-config.ts';

/** As a kubeconfig: the account of the pod we run in. */
const IN_CLUSTER = 'in-cluster';

type MemberSetting = Config['members']['list'][number];
export type MemberEntry = Exclude<MemberSetting, string>;

/** Those of the list are all right, or none is taken: throws InputError MEMBERS. */
export async function readMembership(
  read: ReadConfig,
): Promise<Pick<MembershipSources, 'listed' | 'host'>> {
  return { listed: await readMemberSpecs(read), host: await readHost(read) };
}

/** The host cluster is not asked anything here. Throws InputError. */
async function readHost(read: ReadConfig): Promise<HostSource | undefined> {
  const { host } = read.config.members;
  return host && (await hostSourceOf(host, 'members.host', read));
}

/** Of the control plane's host; undefined: none is said. Throws InputError. */
export async function readControlPlaneHost(read: ReadConfig): Promise<HostSource | undefined> {
  const { host } = read.config.controlPlane;
  return host && (await hostSourceOf(host, 'controlPlane.host', read));
}

async function hostSourceOf(
  host: NonNullable<Config['members']['host']>,
  where: string,
  read: ReadConfig,
): Promise<HostSource> {
  const { access, fingerprint } = await accessOf(host, where, read);
  const { namespace } = host;
  return { access, namespace, fingerprint: fingerprintOf([fingerprint, namespace]) };
}

async function readMemberSpecs(read: ReadConfig): Promise<MemberSpec[]> {
  const seen = new Set<string>();
  const specs: MemberSpec[] = [];
  for (const setting of read.config.members.list) {
    const entry = checkedEntry(entryOf(setting));
    const { name } = entry;
    if (seen.has(name)) throw new InputError('MEMBERS', `members: ${name} is there twice`);
    seen.add(name);
    specs.push(await specOf(entry, read));
  }
  return specs;
}

/** `NAME=KUBECONFIG`, or the name of a context in kubectl's own kubeconfig. */
export function entryOf(setting: MemberSetting): MemberEntry {
  if (typeof setting !== 'string') return setting;
  const at = setting.indexOf('=');
  if (at < 0) return { name: setting, context: setting, allow: [] };
  return { name: setting.slice(0, at), kubeconfig: setting.slice(at + 1), allow: [] };
}

/** Throws InputError for a name that no DNS label can be. */
export function checkedEntry(entry: MemberEntry): MemberEntry {
  return { ...entry, name: checkedLabel(entry.name, 'members: name') };
}

/** Its kubeconfig read; nothing is asked. Throws InputError. */
export async function specOf(entry: MemberEntry, read: ReadConfig): Promise<MemberSpec> {
  const { name, region, zones, allow } = entry;
  const where = `members: ${name}`;
  return {
    name,
    ...(await accessOf(entry, where, read)),
    region: region && checkedLabel(region, `${where}: region`),
    topologyZones: zones?.map((zone) => checkedLabel(zone, `${where}: zone`)),
    allow,
  };
}

async function accessOf(
  { kubeconfig, context }: Pick<MemberEntry, 'kubeconfig' | 'context'>,
  where: string,
  read: ReadConfig,
): Promise<{ access: ClusterAccess; fingerprint: string }> {
  const isOwn = kubeconfig === IN_CLUSTER;
  const path = kubeconfig === undefined || isOwn ? undefined : read.resolvePath(kubeconfig);
  try {
    const { access, text } = isOwn
      ? { access: inClusterAccess({ environment: process.env }), text: IN_CLUSTER }
      : await accessBy(path, context);
    return { access, fingerprint: fingerprintOf([JSON.stringify({ context, path }), text]) };
  } catch (error) {
    if (!(error instanceof KubeconfigError)) throw error;
    throw new InputError('MEMBERS', `${where}: ${error.message}`, path);
  }
}

async function accessBy(path: string | undefined, context: string | undefined) {
  const found = await loadKubeconfig({ ...(path && { path }), environment: process.env });
  return { access: found.access(context ?? found.currentContext), text: found.text };
}

function fingerprintOf(parts: readonly string[]): string {
  return createHash('sha256').update(parts.join('\0')).digest('hex');
}
