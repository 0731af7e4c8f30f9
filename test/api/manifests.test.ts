/** Manifests out of text: documents, Lists, and the line of whatever is wrong. */

import { describe, expect, it } from 'vitest';
import { timeText, withConditions } from '../../src/api/conditions.ts';
import {
  formatManifestProblem,
  type Manifest,
  readManifests,
} from '../../src/api/yaml/manifests.ts';

function manifests(text: string): readonly Manifest[] {
  const read = readManifests(text, 'f.yaml');
  if (read.kind === 'bad') throw new Error(JSON.stringify(read.problems));
  return read.manifests;
}

describe('manifests', () => {
  it('documents, comments between them, Lists, JSON', () => {
    const text = `# nothing
---
kind: A
---
---
kind: List
items: [{kind: B}, {kind: C}]
---
{"kind": "D"}
`;
    expect(manifests(text).map(({ object }) => object)).toEqual([
      { kind: 'A' },
      { kind: 'B' },
      { kind: 'C' },
      { kind: 'D' },
    ]);
    expect(manifests('')).toEqual([]);
  });

  it('the line of a field, or of what is next above it', () => {
    const text = `kind: A
---
kind: List
items:
- kind: B
  metadata:
    name: b
    annotations: {x: y}
  spec:
    hosts:
    - one
`;
    const found = manifests(text)[1];
    if (found === undefined) throw new Error('none');
    expect(found.lineOf('spec.hosts[0]')).toBe(11);
    expect(found.lineOf('spec.other')).toBe(9);
    expect(found.lineOf('metadata.annotations["a.b/c"]')).toBe(8);
    expect(found.lineOf('')).toBe(5);
    expect(formatManifestProblem(found, { field: 'metadata.name', message: 'is bad' })).toBe(
      'f.yaml:7: B b: metadata.name: is bad',
    );
  });

  it('what is no YAML is told with its line', () => {
    expect(readManifests('kind: A\n---\na: 1\na: 2\n', 'f')).toEqual({
      kind: 'bad',
      problems: [{ line: 4, path: '', message: 'Map keys must be unique' }],
    });
  });
});

describe('conditions', () => {
  const now = timeText(new Date('2026-01-02T03:04:05.678Z'));
  const ready = { type: 'Ready', status: 'True', reason: 'Fine', message: '' } as const;

  it('ours among those of others, in their places; times move on a turn only', () => {
    const other = { type: 'Other', status: 'False' };
    const before = {
      conditions: [{ ...ready, reason: 'Old', lastTransitionTime: 'then' }, other],
    };
    const facts = { generation: 3, now };
    const same = { ...ready, lastTransitionTime: 'then', observedGeneration: 3 };
    expect(withConditions(before, [ready], facts)).toEqual([same, other]);
    const turned = { ...ready, status: 'False' } as const;
    expect(withConditions(before, [turned], facts)[0]).toMatchObject({
      lastTransitionTime: '2026-01-02T03:04:05Z',
    });
    expect(withConditions(undefined, [ready], facts)).toHaveLength(1);
  });
});
