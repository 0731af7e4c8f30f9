/**
 * Whose names may stand below which Domain (`allowedNamespaces`): the nearest Domain above a name
 * decides, whatever kind of record wants it. A name that is below none is anybody's, as in KubeFed; of
 * several Domains with one domain it is enough that one allows. Pure.
 */

import type { DomainObject } from '../../api/kubefed/dns-record-objects.ts';
import { isDomainName } from '../../api/kubefed/name-forms.ts';
import { type DomainName, parentName, parseName } from '../../dns/name.ts';

/** Name -> the Domain that does not let a record have it. */
export type DeniedNames = ReadonlyMap<DomainName, DomainObject>;

export class DomainTenancy {
  readonly #domains = new Map<DomainName, DomainObject[]>();
  /** All that it decides by, as a text; empty: everybody may have every name. */
  readonly rules: string;

  constructor(domains: Iterable<DomainObject>) {
    const sorted = [...domains].sort((left, right) => (left.name < right.name ? -1 : 1));
    const isLimited = sorted.some(({ allowedNamespaces }) => allowedNamespaces !== undefined);
    this.rules = isLimited ? JSON.stringify(sorted.map(ruleOf)) : '';
    for (const object of sorted) {
      // Nothing is below what is no domain.
      if (!isDomainName(object.domain)) continue;
      const apex = parseName(object.domain);
      const others = this.#domains.get(apex);
      if (others === undefined) this.#domains.set(apex, [object]);
      else others.push(object);
    }
  }

  deniedTo(namespace: string, names: Iterable<DomainName>): DeniedNames {
    const denied = new Map<DomainName, DomainObject>();
    if (this.rules === '') return denied;
    for (const name of names) {
      const [first, ...others] = this.#nearest(name);
      if (first === undefined) continue;
      if (![first, ...others].some((one) => isAllowed(one, namespace))) denied.set(name, first);
    }
    return denied;
  }

  #nearest(name: DomainName): readonly DomainObject[] {
    for (let at: DomainName | undefined = name; at !== undefined; at = parentName(at)) {
      const found = this.#domains.get(at);
      if (found !== undefined) return found;
    }
    return [];
  }
}

export function isAllowed({ allowedNamespaces }: DomainObject, namespace: string): boolean {
  return allowedNamespaces === undefined || allowedNamespaces.includes(namespace);
}

function ruleOf({ name, domain, allowedNamespaces }: DomainObject): unknown {
  return [name, domain, allowedNamespaces ?? null];
}
