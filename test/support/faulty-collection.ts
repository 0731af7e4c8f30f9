/**
 * A collection as an API server keeps it: objects with resource versions, a history to watch from,
 * a floor below which that history was compacted. Told what changes; gives lists and events.
 */

export interface FakeObject {
  readonly metadata: {
    readonly name: string;
    /** Absent for what belongs to the cluster. */
    readonly namespace?: string;
    readonly uid: string;
    readonly resourceVersion: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly [field: string]: unknown;
}

export interface FakeEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly version: number;
  readonly object: FakeObject;
}

/** All of it at one moment. */
export interface FakeSnapshot {
  readonly version: number;
  readonly objects: readonly FakeObject[];
}

export class FakeCollection {
  readonly #objects = new Map<string, FakeObject>();
  readonly #history: FakeEvent[] = [];
  /** What lists in pages go on with. */
  readonly #snapshots = new Map<number, FakeSnapshot>();
  #version = 100;
  #compactedTo = 0;
  /** Version of the last list that was given: what went before it was seen by nobody. */
  #listedAt = 0;
  readonly watchers = new Set<(event: FakeEvent) => void>();

  get version(): number {
    return this.#version;
  }

  get compactedTo(): number {
    return this.#compactedTo;
  }

  list(): FakeObject[] {
    return [...this.#objects.values()];
  }

  since(version: number): FakeEvent[] {
    return this.#history.filter((event) => event.version > version);
  }

  /** From so many versions before, but not from before the last list. */
  replayed(version: number, versionCount: number): FakeEvent[] {
    return this.since(Math.min(version, Math.max(version - versionCount, this.#listedAt)));
  }

  snapshot(): FakeSnapshot {
    this.#listedAt = this.#version;
    const snapshot = { version: this.#version, objects: this.list() };
    this.#snapshots.set(this.#version, snapshot);
    return snapshot;
  }

  /** undefined: compacted. */
  snapshotAt(version: number): FakeSnapshot | undefined {
    return version < this.#compactedTo ? undefined : this.#snapshots.get(version);
  }

  /** `namespace/name`, or `name`; a new object, or another state of it. */
  put(key: string, fields: Readonly<Record<string, unknown>> = {}): FakeObject {
    const slash = key.indexOf('/');
    const before = this.#objects.get(key);
    const version = ++this.#version;
    const metadata = {
      ...(fields['metadata'] as object | undefined),
      name: key.slice(slash + 1),
      ...(slash >= 0 && { namespace: key.slice(0, slash) }),
      uid: before?.metadata.uid ?? `uid-${version}`,
      resourceVersion: String(version),
    };
    const object: FakeObject = { ...fields, metadata };
    this.#objects.set(key, object);
    this.#tell({ type: before === undefined ? 'ADDED' : 'MODIFIED', version, object });
    return object;
  }

  remove(key: string): void {
    const before = this.#objects.get(key);
    if (before === undefined) return;
    this.#objects.delete(key);
    const version = ++this.#version;
    const metadata = { ...before.metadata, resourceVersion: String(version) };
    this.#tell({ type: 'DELETED', version, object: { ...before, metadata } });
  }

  /** Something changed in the cluster, nothing here. */
  pass(): void {
    this.#version++;
  }

  /** Whoever watches from before now must list. */
  compact(): void {
    this.#compactedTo = this.#version;
    this.#history.length = 0;
  }

  /** A backup is restored: this is all there is, and ever was. */
  goBackTo({ objects, version }: FakeSnapshot): void {
    this.#objects.clear();
    for (const object of objects) this.#objects.set(keyOf(object), object);
    this.#version = version;
    this.#history.length = 0;
    this.#compactedTo = 0;
  }

  #tell(event: FakeEvent): void {
    this.#history.push(event);
    for (const watcher of this.watchers) watcher(event);
  }
}

export function keyOf({ metadata: { namespace, name } }: FakeObject): string {
  return namespace === undefined ? name : `${namespace}/${name}`;
}
