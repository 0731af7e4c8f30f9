/** A hundred members by the contexts of one kubeconfig: it is parsed once, and anew when it is another. */

import { expect, it } from 'vitest';
import { parseKubeconfig } from '../../src/kubernetes/credentials/kubeconfig-file.ts';

const config = (server: string) =>
  JSON.stringify({ clusters: [{ name: 'c', cluster: { server } }], contexts: [], users: [] });

it('parses again only what is another text, or of another place', () => {
  const first = parseKubeconfig(config('https://a.example'), '/a');
  expect(parseKubeconfig(config('https://a.example'), '/a')).toBe(first);
  const rotated = parseKubeconfig(config('https://b.example'), '/a');
  expect(rotated.clusters.get('c')?.server).toBe('https://b.example');
  expect(parseKubeconfig(config('https://b.example'), '/b')).not.toBe(rotated);
});

it('what was refused is refused again', () => {
  for (let time = 0; time < 2; time++) expect(() => parseKubeconfig('{', '/a')).toThrow('YAML');
});
