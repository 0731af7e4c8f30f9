/** What the configuration may say of members and of who watches them. */

import { z } from 'zod';
import { WHEN_UNREACHABLE } from '../../../discovery/health/liveness.ts';
import {
  API_PROBE_FALL,
  API_PROBE_PERIOD_MS,
  API_PROBE_RISE,
  API_PROBE_TIMEOUT_MS,
  WATCH_SILENCE_MS,
} from '../../../members/limits.ts';
import {
  CONTRIBUTOR_FORGET_SECONDS,
  MEMBER_SERVICES_MAX,
  MEMBERS_PATIENCE_MS,
} from '../../../publish/limits.ts';
import { list, network, writerName } from '../schema-words.ts';

const MEMBER = z.union([
  z.string().min(1),
  z.strictObject({
    name: z.string().min(1),
    /** A file, `in-cluster` for the pod's own account; found as kubectl's own when absent. */
    kubeconfig: z.string().min(1).optional(),
    /** The kubeconfig's current one when absent. */
    context: z.string().min(1).optional(),
    /** Its nodes' labels say it when absent. */
    region: z.string().optional(),
    zones: list(z.string()).optional(),
    /** Networks whose addresses it may publish; all but loopback, link-local and the like. */
    allow: list(network).default([]),
  }),
]);

const seconds = z.union([
  z.number().min(0),
  z.literal('never'),
  z
    .string()
    .regex(/^\d+(\.\d+)?$/, { error: 'neither seconds nor "never"' })
    .transform(Number),
]);

const namespacePolicy = z
  .string()
  .regex(new RegExp(`^[a-z0-9-]+=(${WHEN_UNREACHABLE.join('|')})$`), {
    error: `not NAMESPACE=POLICY, with one of ${WHEN_UNREACHABLE.join(', ')}`,
  });

/** Of members, and of the control plane. */
export const HOST = z.strictObject({
  /** A file, `in-cluster` for the pod's own account; found as kubectl's own when absent. */
  kubeconfig: z.string().min(1).optional(),
  /** The kubeconfig's current one when absent. */
  context: z.string().min(1).optional(),
  /** Where KubeFed's control plane keeps clusters and their Secrets. */
  namespace: z
    .string()
    .regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, { error: 'not a namespace' })
    .default('kube-federation-system'),
});

const CONTRIBUTOR = z.union([
  writerName,
  z.strictObject({
    name: writerName,
    /** The one of its name when absent. */
    clusters: list(z.string().min(1)).optional(),
    /** Networks whose addresses these may publish; all but loopback, link-local and the like. */
    allow: list(network).default([]),
  }),
]);

export const MEMBERS = z.strictObject({
  /** Objects, or `NAME=KUBECONFIG`, or the name of a context in kubectl's own kubeconfig. */
  list: list(MEMBER).default([]),
  /** Every kubeconfig in this folder is a member named like its file. */
  folder: z.string().min(1).optional(),
  /** KubeFedCluster objects of a host cluster are members too. */
  host: HOST.optional(),
  /** Who watches members for us (`fedns controller --contribute`), and of which it may speak. */
  contributors: list(CONTRIBUTOR).default([]),
  /** A contributor without a sign of life for so long has left: its shards go. */
  forgetContributorAfterSeconds: z.number().positive().default(CONTRIBUTOR_FORGET_SECONDS),
  /** Networks whose addresses members without a list of their own may publish; as a member's. */
  allow: list(network).default([]),
  /** Beside what a ServiceExport marks: `load-balancers`, or a label selector. */
  select: z.string().default(''),
  /** Whose hosts below our domain are published: `all` Ingresses and HTTPRoutes, or a selector. */
  ingresses: z.string().default(''),
  /** Of one member; more are refused, and told. */
  servicesMax: z.int().min(1).default(MEMBER_SERVICES_MAX),
  whenUnreachable: z.enum(WHEN_UNREACHABLE).default('withdraw-if-probe-fails'),
  /** `NAMESPACE=POLICY`, where the namespace's Services shall have another one by default. */
  namespacePolicies: list(namespacePolicy).default([]),
  lostGraceSeconds: seconds.default(30),
  unknownGraceSeconds: seconds.default(300),
  deathGraceSeconds: seconds.default(1),
  /** A start waits so long for its members before it answers by what it remembers of them. */
  startPatienceSeconds: z
    .number()
    .min(0)
    .max(60)
    .default(MEMBERS_PATIENCE_MS / 1000),
  /** Above this share of members (or of addresses) lost at once, nothing moves. */
  suspectShare: z.number().min(0).max(1).default(0.7),
  api: z
    .strictObject({
      periodMs: z.int().min(100).default(API_PROBE_PERIOD_MS),
      timeoutMs: z.int().min(50).default(API_PROBE_TIMEOUT_MS),
      fall: z.int().min(1).default(API_PROBE_FALL),
      rise: z.int().min(1).default(API_PROBE_RISE),
      silenceMs: z.int().min(1000).default(WATCH_SILENCE_MS),
    })
    .prefault({}),
  probe: z
    .strictObject({
      periodMs: z.int().min(100).default(2000),
      timeoutMs: z.int().min(50).default(1000),
      fall: z.int().min(1).default(3),
      rise: z.int().min(1).default(2),
    })
    .prefault({}),
});
