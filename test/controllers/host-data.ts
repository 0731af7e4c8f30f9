/** All that a host's API server keeps in etcd: taken away, and put back as it was. */

import { Etcd3 } from 'etcd3';
import type { Federation } from './federation.ts';

export interface HostData {
  /** The API server must have ended. */
  empty(): Promise<void>;
  restore(): Promise<void>;
}

/** As it is now. */
export async function hostData(federation: Federation): Promise<HostData> {
  const { endpoint } = federation.clusters.etcd;
  const prefix = `/${federation.host.name}/`;
  const withClient = async <T>(work: (client: Etcd3) => Promise<T>): Promise<T> => {
    const client = new Etcd3({ hosts: endpoint });
    try {
      return await work(client);
    } finally {
      client.close();
    }
  };
  const saved = await withClient((client) => client.getAll().prefix(prefix).buffers());
  return {
    empty: () =>
      withClient(async (client) => {
        await client.delete().prefix(prefix);
      }),
    restore: () =>
      withClient(async (client) => {
        await client.delete().prefix(prefix);
        for (const [key, value] of Object.entries(saved)) await client.put(key).value(value);
      }),
  };
}
