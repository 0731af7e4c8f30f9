/**
 * The writes of the product that an API server has taken: its audit log, which holds a write before
 * whoever made it hears of it.
 */

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { ClusterFiles } from './kubernetes-files.ts';

/** Only what came through, and who made it. */
const POLICY = {
  apiVersion: 'audit.k8s.io/v1',
  kind: 'Policy',
  omitStages: ['RequestReceived', 'ResponseStarted', 'Panic'],
  rules: [
    { level: 'None', resources: [{ group: 'coordination.k8s.io' }, { group: 'events.k8s.io' }] },
    { level: 'Metadata', verbs: ['create', 'update', 'patch', 'delete'] },
    { level: 'None' },
  ],
};

const logOf = ({ folder }: Pick<ClusterFiles, 'folder'>) => join(folder, 'audit.log');

export function auditArgs(files: Pick<ClusterFiles, 'folder'>): string[] {
  const policy = join(files.folder, 'audit.yaml');
  writeFileSync(policy, stringify(POLICY));
  return ['--audit-policy-file', policy, '--audit-log-path', logOf(files)];
}

interface AuditLine {
  readonly verb: string;
  readonly userAgent: string;
  readonly requestURI: string;
  readonly responseStatus?: { readonly code: number };
}

/** `create /api/v1/namespaces/shop/configmaps`, in their order. */
export function readWrites(files: Pick<ClusterFiles, 'folder'>): readonly string[] {
  const path = logOf(files);
  if (!existsSync(path)) return [];
  const lines = readFileSync(path, 'utf8').split('\n').slice(0, -1);
  return lines
    .map((line) => JSON.parse(line) as AuditLine)
    .filter(({ userAgent, responseStatus }) => {
      return userAgent === 'fedns' && (responseStatus?.code ?? 0) < 300;
    })
    .map(({ verb, requestURI }) => `${verb} ${requestURI}`);
}
