/**
 * What a pod of the lab mounts: ConfigMaps and Secrets as files, claims and empty folders as folders. A
 * Secret is laid out and changed as a kubelet does it: files are links through `..data`, which is
 * swapped at once, so that nobody who rereads them finds half of a change.
 *
 * Source: Kubernetes pkg/volume/util/atomic_writer.go.
 */
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { listAt, textAt, textMapAt } from '../../src/api/untyped.ts';
import type { ApiClient } from '../../src/kubernetes/api-client.ts';

export interface VolumePlace {
  readonly client: ApiClient;
  /** This pod's alone. */
  readonly folder: string;
  /** Of what outlives a pod: a folder a claim. */
  readonly claimsFolder: string;
}

/** Mount path -> folder that stands for it; the folders are there, and empty unless a claim's. */
export function mountFolders(
  pod: unknown,
  container: unknown,
  { folder, claimsFolder }: VolumePlace,
): ReadonlyMap<string, string> {
  const claims = new Map<string, string>();
  for (const volume of listAt(pod, 'spec', 'volumes')) {
    const claim = textAt(volume, 'persistentVolumeClaim', 'claimName');
    if (claim !== undefined) claims.set(textAt(volume, 'name') ?? '', claim);
  }
  const mounts = new Map<string, string>();
  for (const mount of listAt(container, 'volumeMounts')) {
    const name = textAt(mount, 'name') ?? '';
    if (name.startsWith('kube-api-access')) continue;
    const claim = claims.get(name);
    const at = claim === undefined ? join(folder, name) : join(claimsFolder, claim);
    mounts.set(textAt(mount, 'mountPath') ?? '', at);
  }
  for (const path of mounts.values()) mkdirSync(path, { recursive: true });
  return mounts;
}

/** Texts of ConfigMaps pass through `rewritten`; rejects where one of its objects is not there yet. */
export async function fillVolumes(
  pod: unknown,
  { client, folder }: VolumePlace,
  rewritten: (text: string) => Promise<string>,
): Promise<void> {
  const path = `/api/v1/namespaces/${textAt(pod, 'metadata', 'namespace')}`;
  for (const volume of listAt(pod, 'spec', 'volumes')) {
    const configMap = textAt(volume, 'configMap', 'name');
    if (configMap === undefined) continue;
    const data = textMapAt(await client.get(`${path}/configmaps/${configMap}`), 'data');
    const within = join(folder, textAt(volume, 'name') ?? '');
    for (const [file, text] of data) writeFileSync(join(within, file), await rewritten(text));
  }
  await refreshSecrets(pod, { client, folder });
}

/** Brings mounted Secrets to what they are now; one that is gone stays mounted as it was. */
export async function refreshSecrets(
  pod: unknown,
  { client, folder }: Pick<VolumePlace, 'client' | 'folder'>,
): Promise<void> {
  const path = `/api/v1/namespaces/${textAt(pod, 'metadata', 'namespace')}/secrets`;
  for (const volume of listAt(pod, 'spec', 'volumes')) {
    const name = textAt(volume, 'secret', 'secretName');
    if (name === undefined) continue;
    const data = textMapAt(await client.get(`${path}/${name}`), 'data');
    layOut(join(folder, textAt(volume, 'name') ?? ''), data);
  }
}

function layOut(folder: string, data: ReadonlyMap<string, string>): void {
  const current = join(folder, '..data');
  const isSame = (file: string, text: string) =>
    existsSync(join(current, file)) &&
    readFileSync(join(current, file)).equals(Buffer.from(text, 'base64'));
  const shown = existsSync(current) ? readdirSync(current) : [];
  if (existsSync(current) && shown.length === data.size) {
    if ([...data].every(([file, text]) => isSame(file, text))) return;
  }
  const before = existsSync(current) ? readlinkSync(current) : undefined;
  const fresh = mkdtempSync(join(folder, '..'));
  for (const [file, text] of data) writeFileSync(join(fresh, file), Buffer.from(text, 'base64'));
  const swap = join(folder, '..data_tmp');
  symlinkSync(fresh, swap);
  renameSync(swap, current);
  for (const file of data.keys()) {
    if (!isLink(join(folder, file))) symlinkSync(join('..data', file), join(folder, file));
  }
  for (const file of shown) if (!data.has(file)) rmSync(join(folder, file), { force: true });
  if (before !== undefined) rmSync(before, { recursive: true });
}

function isLink(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true;
}
