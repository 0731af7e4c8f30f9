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

/** etcd3's client with two calls more, over its own connection and token. */
class StoreClient extends Etcd3 {
  rangeOnce(request: RangeRequest, options: CallOptions): Promise<RangeReply> {
    return this.pool.withConnection('KV', ({ client, metadata }) => {
      const { promise, resolve, reject } = Promise.withResolvers<RangeReply>();
      client.makeUnaryRequest(
        '/etcdserverpb.KV/Range',
        encodeRangeRequest,
        decodeRangeReply,
        request,
        metadata,
        options,
        (error, reply) => {
          if (reply === undefined) reject(error ?? new Error('no reply'));
          else resolve(reply);
        },
      );
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

  /** Range, read straight from the wire. Throws as `call` does. */
  async range(request: RangeRequest): Promise<RangeReply> {
    try {
      return await this.#client.rangeOnce(request, { deadline: Date.now() + this.#timeoutMs });
    } catch (error) {
      throw storeErrorOf(error, this.url);
    }
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
