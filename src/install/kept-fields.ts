/**
 * What a person changed on live objects and an installation must not undo: rules added to the role of
 * the controllers (the KubeFed guide's JSON patch), and types whose propagation was switched off. The
 * chart says the same by Helm's `lookup`.
 */

import { isJsonObject, type JsonObject } from '../api/kubefed/federated-object.ts';
import { listAt, textAt, valueAt } from '../api/untyped.ts';
import { canonicalJson } from '../federation/canonical-json.ts';
import { nameOf } from './chart-kinds.ts';

export function keepOfLive(wanted: JsonObject, live: unknown): JsonObject {
  const kind = textAt(wanted, 'kind');
  const { name } = nameOf(wanted);
  if (name === 'kubefed-role' && (kind === 'ClusterRole' || kind === 'Role')) {
    return { ...wanted, rules: keptRules(listAt(wanted, 'rules'), listAt(live, 'rules')) };
  }
  const propagation = textAt(live, 'spec', 'propagation');
  const spec = valueAt(wanted, 'spec');
  if (kind === 'FederatedTypeConfig' && propagation !== undefined && isJsonObject(spec)) {
    return { ...wanted, spec: { ...spec, propagation } };
  }
  return wanted;
}

/** In the live order where none of ours is missing: then there is nothing to write. */
function keptRules(ours: readonly unknown[], live: readonly unknown[]): readonly unknown[] {
  const own = new Set(ours.map(canonicalJson));
  const groups = new Set(ours.flatMap((rule) => listAt(rule, 'apiGroups')));
  const isOther = (rule: unknown) => {
    const said = listAt(rule, 'apiGroups');
    return said.length > 0 && !said.some((group) => groups.has(group));
  };
  const isOurs = (rule: unknown) => own.has(canonicalJson(rule));
  const kept = live.filter((rule) => isOurs(rule) || isOther(rule));
  const there = new Set(kept.map(canonicalJson));
  const hasAll = [...own].every((rule) => there.has(rule));
  return hasAll ? kept : [...ours, ...kept.filter((rule) => !isOurs(rule))];
}
