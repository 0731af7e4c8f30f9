/**
 * A collection as an API server keeps it: objects with resource versions, a history to watch from,
 * a floor below which that history was compacted. Told what changes; gives lists and events.
 */

export interface FakeObject {
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
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

export class FakeCollection {
  readonly #objects = new Map<string, FakeObject>();
  readonly #history: FakeEvent[] = [];
  #version = 100;
  #compactedTo = 0;
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

  put(key: string, fields: Readonly<Record<string, unknown>> = {}): FakeObject {
    const [namespace = '', name = ''] = key.split('/');
    const before = this.#objects.get(key);
    const version = ++this.#version;
    const metadata = {
      ...(fields['metadata'] as object | undefined),
      name,
      namespace,
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

  /** Whoever watches from before now must list. */
  compact(): void {
    this.#compactedTo = this.#version;
    this.#history.length = 0;
  }

  /** As another collection's: the restored backup, the lagging replica. */
  goBackTo(objects: readonly FakeObject[], version: number): void {
    this.#objects.clear();
    for (const object of objects) {
      this.#objects.set(`${object.metadata.namespace}/${object.metadata.name}`, object);
    }
    this.#version = version;
    this.#history.length = 0;
    this.#compactedTo = 0;
  }

  #tell(event: FakeEvent): void {
    this.#history.push(event);
    for (const watcher of this.watchers) watcher(event);
  }
}
