/** Components that only long tests need: built when one of them asks. */
import type { Component, ComponentName } from './components.ts';

const KUBEFED = { module: 'sigs.k8s.io/kubefed', version: 'v0.10.0' } as const;
/** The last whose programs are of its one module. */
const CERT_MANAGER = {
  module: 'github.com/cert-manager/cert-manager',
  version: 'v1.11.5',
} as const;

export const longTestComponents: readonly Component[] = [
  {
    // The last release: controllers, webhook and kubefedctl are commands of one program.
    name: 'kubefed',
    version: '0.10.0',
    how: 'go',
    programs: { hyperfed: 'hyperfed', chart: 'chart' },
    probe: ['--help'],
    modules: { [KUBEFED.module]: KUBEFED.version },
    packages: { hyperfed: `${KUBEFED.module}/cmd/hyperfed` },
    folders: { chart: { ...KUBEFED, path: 'charts/kubefed' } },
    isOfLongTests: true,
  },
  externalDns('external-dns', '0.21.0'),
  /** The last that reads DNSEndpoints of any group. */
  externalDns('external-dns-older', '0.20.0'),
  {
    name: 'cert-manager',
    version: CERT_MANAGER.version.slice(1),
    how: 'go',
    programs: { cainjector: 'cainjector', controller: 'controller', crds: 'crds' },
    probe: ['--help'],
    modules: { [CERT_MANAGER.module]: CERT_MANAGER.version },
    packages: {
      cainjector: `${CERT_MANAGER.module}/cmd/cainjector`,
      controller: `${CERT_MANAGER.module}/cmd/controller`,
    },
    folders: { crds: { ...CERT_MANAGER, path: 'deploy/crds' } },
    isOfLongTests: true,
  },
];

function externalDns(name: ComponentName, version: string): Component {
  const module = 'sigs.k8s.io/external-dns';
  return {
    ...{ name, version, how: 'go', probe: ['--version'] },
    programs: { 'external-dns': 'external-dns' },
    modules: { [module]: `v${version}` },
    packages: { 'external-dns': module },
    stamps: { [`${module}/pkg/apis/externaldns.Version`]: `v${version}` },
    isOfLongTests: true,
  };
}
