/** The codec that etcd3 itself has, from the proto file that it brings. */

import { createRequire } from 'node:module';
import { join } from 'node:path';

export interface ProtoCodec {
  readonly requestDeserialize: (octets: Buffer) => object;
  readonly responseSerialize: (value: object) => Buffer;
}

const etcd3 = createRequire(import.meta.url).resolve('etcd3');
const loader: {
  loadSync(file: string, options: object): Record<string, Record<string, ProtoCodec>>;
} = createRequire(etcd3)('@grpc/proto-loader');
const options = { keepCase: true, longs: String, enums: String, defaults: true, oneofs: true };
const services = loader.loadSync(join(etcd3, '..', '..', 'proto', 'rpc.proto'), options);

/** `etcdserverpb.KV`, `Range`. */
export function protoCodec(service: string, call: string): ProtoCodec {
  return services[service]?.[call] as ProtoCodec;
}
