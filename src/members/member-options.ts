/** What a member is watched with, and how it stands. */

import type { ClusterAccess } from '../kubernetes/cluster-access.ts';

export interface MemberSettings {
  readonly probePeriodMs: number;
  readonly probeTimeoutMs: number;
  readonly probeFall: number;
  readonly probeRise: number;
  readonly watchSilenceMs: number;
}

export interface MemberOptions {
  readonly name: string;
  readonly access: ClusterAccess;
  /** Nothing but nodes is read of others; undefined: all are read. */
  readonly onlyNamespace: string | undefined;
  /** Not where a person has said region and zones, until a Service asks for their addresses. */
  readonly readsNodes: boolean;
  /** Ingresses, HTTPRoutes and Gateways are read. */
  readonly readsHosts: boolean;
  /** Names of the labels of Services that are kept. */
  readonly labelNames: ReadonlySet<string>;
  readonly settings: MemberSettings;
  readonly onHost: (host: string) => void;
  /** Something of this service changed: its objects, or whether they can be believed. */
  readonly onService: (key: string) => void;
  readonly onNodes: () => void;
  readonly onCaused?: (atMs: number) => void;
  /** Synced, lost, fresh: look at `status`. */
  readonly onStatus: () => void;
  /** An object could not be read and is left out. */
  readonly onSkipped: (key: string, reason: string) => void;
}

export interface MemberStatus {
  readonly api: 'fresh' | 'lost';
  /** Monotonic, ms. */
  readonly apiSinceMs: number;
  /** Fresh, but its last answer was none. */
  readonly isInDoubt: boolean;
  /** Its API answered when it was probed last, whatever of it is read. */
  readonly answers: boolean;
  readonly hasSynced: boolean;
  /** Why it is lost or not synced; undefined when all is well. */
  readonly reason: string | undefined;
  readonly version: string | undefined;
}
