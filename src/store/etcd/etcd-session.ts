/**
 * EtcdSession: one etcd3 client on one URL, with its own connections and no retries of its own:
 * which call may be made again, and where, is decided above. A session that failed is thrown
 * away; that also forgets gRPC's long reconnect pauses and etcd3's cached token.
 */

import { rootCertificates } from 'node:tls';
import { InterceptingCall, type Interceptor } from '@grpc/grpc-js';
import { Etcd3, type IDuplexStream, type IOptions, type IWatchResponse } from 'etcd3';
import { storeErrorOf } from './etcd-errors.ts';
import type { EtcdSettings, EtcdTls } from './etcd-options.ts';
import {
  decodeRangeReply,
  encodeRangeRequest,
  type RangeReply,
  type RangeRequest,
} from './range-message.ts';

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

/** What etcd3's types leave out of a request; its proto file has them. */
export interface WatchRequest {
  readonly create_request?: {
    readonly key: Buffer;
    readonly range_end?: Buffer;
    readonly start_revision?: string;
    readonly progress_notify?: boolean;
    readonly watch_id: string;
    readonly fragment?: boolean;
  };
  readonly cancel_request?: { readonly watch_id: string };
  readonly progress_request?: object;
}

export type WatchResponse = IWatchResponse & { readonly fragment?: boolean };
export type RawWatch = IDuplexStream<WatchRequest, WatchResponse>;

/** etcd3's client with one call more, over its own connection and token. */
class RangeClient extends Etcd3 {
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
}

export class EtcdSession {
  readonly url: string;
  readonly #client: RangeClient;
  readonly #timeoutMs: number;

  constructor(settings: EtcdSettings, url: URL) {
    this.url = url.origin;
    this.#timeoutMs = settings.callTimeoutMs;
    this.#client = new RangeClient(clientOptions(settings, url));
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
      return await this.#client.watchClient.watch({ interceptors: [requireLeader] });
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
