/**
 * What an API server did: its audit log, which holds a request before whoever made it hears of the
 * answer. The writes of the product that it took, or whatever it refused for want of a right.
 */

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { ClusterFiles } from './kubernetes-files.ts';

/** Writes, or everything: what is refused is not known before it was decided. */
export type Audited = 'writes' | 'everything';

/** Only what came through, and who made it. */
const RULES: Readonly<Record<Audited, readonly object[]>> = {
  writes: [
    { level: 'None', resources: [{ group: 'coordination.k8s.io' }, { group: 'events.k8s.io' }] },
    { level: 'Metadata', verbs: ['create', 'update', 'patch', 'delete'] },
    { level: 'None' },
  ],
  everything: [{ level: 'Metadata' }],
};

const logOf = ({ folder }: Pick<ClusterFiles, 'folder'>) => join(folder, 'audit.log');

export function auditArgs(files: Pick<ClusterFiles, 'folder'>, audited: Audited): string[] {
  const policy = join(files.folder, 'audit.yaml');
  const omitStages = ['RequestReceived', 'ResponseStarted', 'Panic'];
  const head = { apiVersion: 'audit.k8s.io/v1', kind: 'Policy', omitStages };
  writeFileSync(policy, stringify({ ...head, rules: RULES[audited] }));
  return ['--audit-policy-file', policy, '--audit-log-path', logOf(files)];
}

interface AuditLine {
  readonly verb: string;
  readonly userAgent: string;
  readonly requestURI: string;
  readonly user?: { readonly username?: string };
  readonly responseStatus?: { readonly code: number };
  readonly annotations?: Readonly<Record<string, string>>;
}

/** Of `writes`: `create /api/v1/namespaces/shop/configmaps`, in their order. */
export function readWrites(files: Pick<ClusterFiles, 'folder'>): readonly string[] {
  return auditLines(files)
    .filter(({ userAgent, responseStatus }) => {
      return userAgent === 'fedns' && (responseStatus?.code ?? 0) < 300;
    })
    .map(({ verb, requestURI }) => `${verb} ${requestURI}`);
}

/**
 * Of `everything`: `system:serviceaccount:shop:web list /api/v1/pods`, in their order: what authorization
 * forbade. A refusal by admission is none.
 */
export function readRefusals(files: Pick<ClusterFiles, 'folder'>): readonly string[] {
  return auditLines(files)
    .filter(({ annotations }) => annotations?.['authorization.k8s.io/decision'] === 'forbid')
    .map(({ user, verb, requestURI }) => `${user?.username} ${verb} ${requestURI}`);
}

function auditLines(files: Pick<ClusterFiles, 'folder'>): readonly AuditLine[] {
  const path = logOf(files);
  if (!existsSync(path)) return [];
  const lines = readFileSync(path, 'utf8').split('\n').slice(0, -1);
  return lines.map((line) => JSON.parse(line) as AuditLine);
}
