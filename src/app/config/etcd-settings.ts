/** The configuration's words about etcd -> EtcdStoreOptions; certificates and password are read. */

import { readFileSync } from 'node:fs';
import { InputError } from '../../dns/errors.ts';
import type { EtcdStoreOptions } from '../../store/etcd/etcd-options.ts';
import { type ReadConfig, reasonOf } from './read-config.ts';

/** Throws InputError ETCD_SETTINGS that names setting and file. */
export function etcdOptions(read: ReadConfig): EtcdStoreOptions {
  const { store } = read.config;
  const text = (setting: string, path: string | undefined): string | undefined =>
    path === undefined ? undefined : readSecret(read.resolvePath(path), setting);
  const ca = text('store.caFile', store.caFile);
  const certificate = text('store.certFile', store.certFile);
  const key = text('store.keyFile', store.keyFile);
  const password = text('store.passwordFile', store.passwordFile)?.replace(/\r?\n$/, '');
  if ((store.user === undefined) !== (password === undefined)) {
    throw new InputError('ETCD_SETTINGS', 'store.user and store.passwordFile go together');
  }
  if ((certificate === undefined) !== (key === undefined)) {
    throw new InputError('ETCD_SETTINGS', 'store.certFile and store.keyFile go together');
  }
  const { serverName } = store;
  const tls = {
    ...(ca !== undefined && { ca }),
    ...(certificate !== undefined && { certificate }),
    ...(key !== undefined && { key }),
    ...(serverName !== undefined && { serverName }),
  };
  return {
    urls: store.urls,
    namespace: store.namespace,
    sentinelKey: `${store.controlPrefix.replace(/\/$/, '')}/sentinel`,
    limits: { auditIntervalMs: store.auditSeconds * 1000 },
    ...(Object.keys(tls).length > 0 && { tls }),
    ...(store.user !== undefined && { auth: { username: store.user, password: password ?? '' } }),
  };
}

function readSecret(file: string, setting: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new InputError('ETCD_SETTINGS', `${setting}: ${file}: ${reasonOf(error)}`, file);
  }
}
