/** The configuration's words about etcd -> EtcdStoreOptions; certificates and password are read. */

import { readFileSync } from 'node:fs';
import { InputError } from '../../dns/errors.ts';
import type { EtcdAuth, EtcdStoreOptions, EtcdTls } from '../../store/etcd/etcd-options.ts';
import { type ReadConfig, reasonOf } from './read-config.ts';

/**
 * Files are read now, and again for each new connection; one that cannot be read then leaves what
 * was read before. Throws InputError ETCD_SETTINGS that names setting and file.
 */
export function etcdOptions(read: ReadConfig): EtcdStoreOptions {
  const { store } = read.config;
  const hasTls = [store.caFile, store.certFile, store.keyFile, store.serverName].some(
    (one) => one !== undefined,
  );
  return {
    urls: store.urls,
    namespace: store.namespace,
    sentinelKey: `${store.controlPrefix.replace(/\/$/, '')}/sentinel`,
    limits: { auditIntervalMs: store.auditSeconds * 1000 },
    ...(hasTls && { tls: lastGood(() => readTls(read)) }),
    ...((store.user !== undefined || store.passwordFile !== undefined) && {
      auth: lastGood(() => readAuth(read)),
    }),
  };
}

function readTls(read: ReadConfig): EtcdTls {
  const { store } = read.config;
  const ca = readSecret(read, 'store.caFile', store.caFile);
  const certificate = readSecret(read, 'store.certFile', store.certFile);
  const key = readSecret(read, 'store.keyFile', store.keyFile);
  if ((certificate === undefined) !== (key === undefined)) {
    throw new InputError('ETCD_SETTINGS', 'store.certFile and store.keyFile go together');
  }
  const { serverName } = store;
  return {
    ...(ca !== undefined && { ca }),
    ...(certificate !== undefined && { certificate }),
    ...(key !== undefined && { key }),
    ...(serverName !== undefined && { serverName }),
  };
}

function readAuth(read: ReadConfig): EtcdAuth {
  const { user, passwordFile } = read.config.store;
  const password = readSecret(read, 'store.passwordFile', passwordFile)?.replace(/\r?\n$/, '');
  if (user === undefined || password === undefined) {
    throw new InputError('ETCD_SETTINGS', 'store.user and store.passwordFile go together');
  }
  return { username: user, password };
}

/** The first time throws; later a file that is just being replaced changes nothing. */
function lastGood<T>(readNow: () => T): () => T {
  let good = readNow();
  return () => {
    try {
      good = readNow();
    } catch {
      // As it was.
    }
    return good;
  };
}

function readSecret(
  read: ReadConfig,
  setting: string,
  path: string | undefined,
): string | undefined {
  if (path === undefined) return undefined;
  const file = read.resolvePath(path);
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new InputError('ETCD_SETTINGS', `${setting}: ${file}: ${reasonOf(error)}`, file);
  }
}
