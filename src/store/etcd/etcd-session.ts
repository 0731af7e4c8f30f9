/**
 * EtcdSession: one etcd3 client on one URL, with its own connections and no retries of its own:
 * which call may be made again, and where, is decided above. A session that failed is thrown
 * away; that also forgets gRPC's long reconnect pauses and etcd3's cached token.
 */

import { rootCertificates } from 'node:tls';
import { type ClientDuplexStream, InterceptingCall, type Interceptor } from '@grpc/grpc-js';
import { Etcd3, type IOptions } from 'etcd3';
import { storeErrorOf } from './etcd-errors.ts';
import type { EtcdSettings, EtcdTls } from './etcd-options.ts';
import {
  decodeRangeReply,
  encodeRangeRequest,
  type RangeReply,
  type RangeRequest,
} from './range-message.ts';
import { decodeTxnReply, encodeTxnRequest, type TxnReply, type TxnRequest } from './txn-message.ts';
import {
  decodeWatchReply,
  encodeWatchRequest,
  type WatchReply,
  type WatchRequest,
} from './watch-message.ts';

type FaultPolicy = NonNullable<NonNullable<IOptions['faultHandling']>['global']>;
type CallOptions = { readonly deadline: number };

/** Calls straight through: etcd3's own policies retry transactions and open circuits for 5 s. */
class NoPolicy implements FaultPolicy {
  declare readonly _altReturn: never;
  readonly onSuccess: FaultPolicy['onSuccess'] = () => ({ dispose: () => undefined });
  readonly onFailure: FaultPolicy['onFailure'] = () => ({ dispose: () => undefined });

  async execute<T>(
    run: (context: { signal: AbortSignal }) => PromiseLike<T> | T,
    signal = new AbortController().signal,
  ): Promise<T> {
    return run({ signal });
  }
}

/** etcd ends such a stream when its member has no leader (clientv3 WithRequireLeader). */
const requireLeader: Interceptor = (options, nextCall) =>
  new InterceptingCall(nextCall(options), {
    start(metadata, listener, next) {
      metadata.set('hasleader', 'true');
      next(metadata, listener);
    },
  });

export type RawWatch = ClientDuplexStream<WatchRequest, WatchReply>;

/** How a unary call is written and read. */
interface UnaryCall<Request, Reply> {
  readonly path: string;
  readonly encode: (request: Request) => Buffer;
  readonly decode: (octets: Buffer) => Reply;
}

const RANGE: UnaryCall<RangeRequest, RangeReply> = {
  path: '/etcdserverpb.KV/Range',
  encode: encodeRangeRequest,
  decode: decodeRangeReply,
};
const TXN: UnaryCall<TxnRequest, TxnReply> = {
  path: '/etcdserverpb.KV/Txn',
  encode: encodeTxnRequest,
  decode: decodeTxnReply,
};

/** etcd3's client with calls of our own reading and writing, over its connection and token. */
class StoreClient extends Etcd3 {
  askOnce<Request, Reply>(
    { path, encode, decode }: UnaryCall<Request, Reply>,
    request: Request,
    options: CallOptions,
  ): Promise<Reply> {
    // Let go once it is written: gRPC and HTTP/2 keep a call in tables as PassingMap tells of, and what
    // hangs on it grows old with it.
    const asked: { request?: Request } = { request };
    const write = ({ request: once }: typeof asked) => {
      delete asked.request;
      return encode(once as Request);
    };
    return this.pool.withConnection('KV', ({ client, metadata }) => {
      const { promise, resolve, reject } = Promise.withResolvers<Reply>();
      client.makeUnaryRequest(path, write, decode, asked, metadata, options, (error, reply) => {
        if (reply === undefined) reject(error ?? new Error('no reply'));
        else resolve(reply);
      });
      return promise;
    });
  }

  openWatch(): Promise<RawWatch> {
    return this.pool.withConnection('Watch', ({ client, metadata }) =>
      client.makeBidiStreamRequest(
        '/etcdserverpb.Watch/Watch',
        encodeWatchRequest,
        decodeWatchReply,
        metadata,
        { interceptors: [requireLeader] },
      ),
    );
  }
}

export class EtcdSession {
  readonly url: string;
  readonly #client: StoreClient;
  readonly #timeoutMs: number;

  constructor(settings: EtcdSettings, url: URL) {
    this.url = url.origin;
    this.#timeoutMs = settings.callTimeoutMs;
    this.#client = new StoreClient(clientOptions(settings, url));
  }

  /** One unary call. Throws StoreError, CompactedError, TooLargeError. */
  async call<T>(run: (client: Etcd3, options: CallOptions) => Promise<T>): Promise<T> {
    try {
      return await run(this.#client, { deadline: Date.now() + this.#timeoutMs });
    } catch (error) {
      throw storeErrorOf(error, this.url);
    }
  }

  /** Read straight from the wire, as `txn` is. Throws as `call` does. */
  range(request: RangeRequest): Promise<RangeReply> {
    return this.#ask(RANGE, request);
  }

  txn(request: TxnRequest): Promise<TxnReply> {
    return this.#ask(TXN, request);
  }

  async openWatch(): Promise<RawWatch> {
    try {
      return await this.#client.openWatch();
    } catch (error) {
      throw storeErrorOf(error, this.url);
    }
  }

  close(): void {
    this.#client.close();
  }

  async #ask<Request, Reply>(call: UnaryCall<Request, Reply>, request: Request): Promise<Reply> {
    try {
      return await this.#client.askOnce(call, request, { deadline: Date.now() + this.#timeoutMs });
    } catch (error) {
      throw storeErrorOf(error, this.url);
    }
  }
}

function clientOptions(settings: EtcdSettings, url: URL): IOptions {
  const { messageOctetsMax } = settings;
  const tls = settings.tls();
  const auth = settings.auth();
  const host = url.port === '' ? `${url.hostname}:2379` : url.host;
  const isSecure = url.protocol === 'https:';
  return {
    hosts: `${url.protocol}//${host}`,
    ...(isSecure ? { credentials: credentialsOf(tls) } : {}),
    ...(auth === undefined ? {} : { auth: { ...auth } }),
    faultHandling: { global: new NoPolicy(), host: () => new NoPolicy() },
    grpcOptions: {
      'grpc.max_receive_message_length': messageOctetsMax,
      'grpc.max_send_message_length': messageOctetsMax,
      'grpc.use_local_subchannel_pool': 1,
      'grpc.enable_retries': 0,
      'grpc.initial_reconnect_backoff_ms': settings.retryMinMs,
      'grpc.max_reconnect_backoff_ms': settings.retryMaxMs,
      // etcd ends connections that ping more often than every 5 s.
      'grpc.keepalive_time_ms': 10_000,
      'grpc.keepalive_timeout_ms': settings.silenceMs,
      ...(tls?.serverName === undefined ? {} : { 'grpc.ssl_target_name_override': tls.serverName }),
    },
  };
}

function credentialsOf(tls: EtcdTls | undefined): NonNullable<IOptions['credentials']> {
  const rootCertificate = Buffer.from(tls?.ca ?? rootCertificates.join('\n'));
  if (tls?.certificate === undefined || tls.key === undefined) return { rootCertificate };
  const [certChain, privateKey] = [Buffer.from(tls.certificate), Buffer.from(tls.key)];
  return { rootCertificate, certChain, privateKey };
}
