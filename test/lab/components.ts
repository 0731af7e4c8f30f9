/**
 * The real components that tests run against: what each is, how it is had, and `ensure`, which
 * answers with its paths or throws an error that names it. Nothing is skipped.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { longTestComponents } from './long-test-components.ts';
import { cached, discard } from './obtain/cache.ts';
import { tryCommand } from './obtain/command.ts';
import { extractPackage, libraryPath, releaseName } from './obtain/debian.ts';
import {
  buildWithGo,
  type GoModuleFiles,
  type GoModuleFolder,
  type GoStaging,
} from './obtain/go.ts';

export type ComponentName =
  | 'etcd-3.7'
  | 'etcd-3.4'
  | 'etcd-client-3.4'
  | 'coredns'
  | 'kubernetes'
  | 'kubernetes-older'
  | 'kwok'
  | 'helm'
  | 'kubefed'
  | 'external-dns'
  | 'external-dns-older'
  | 'cert-manager'
  | 'nsd'
  | 'knot'
  | 'bind'
  | 'dig'
  | 'faketime'
  | 'iptables'
  | 'prometheus';

export interface Component {
  readonly name: ComponentName;
  readonly version: string;
  readonly how: 'go' | 'debian';
  /** Programs, each below the component's folder. The first one is probed. */
  readonly programs: Readonly<Record<string, string>>;
  readonly probe: readonly string[];
  readonly modules?: Readonly<Record<string, string>>;
  readonly packages?: Readonly<Record<string, string>>;
  readonly stamps?: Readonly<Record<string, string>>;
  readonly staging?: GoStaging;
  /** Files of a module, joined into one of ours: output name to module and paths. */
  readonly files?: Readonly<Record<string, GoModuleFiles>>;
  /** Folders of a module, copied whole. */
  readonly folders?: Readonly<Record<string, GoModuleFolder>>;
  readonly debian?: string;
  /** Only long tests need it: built when one of them asks. */
  readonly isOfLongTests?: boolean;
}

export interface ComponentPaths {
  readonly folder: string;
  readonly version: string;
  /** Full path of each program by its plain name. */
  readonly programs: Readonly<Record<string, string>>;
  /** What the programs need in their environment. */
  readonly env: Readonly<Record<string, string>>;
}

const ETCD = 'v3.7.3';
const KUBERNETES = { minor: '36', patch: '3' } as const;
/** The oldest minor that we say we support: each story has one member of it. */
const KUBERNETES_OLDER = { minor: '34', patch: '4' } as const;
const KUBERNETES_PROGRAMS = ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler'];
const KWOK = 'v0.8.0';
/** Without stages kwok plays nothing: nodes that are ready and beat, pods that run at once. */
const KWOK_STAGES = [
  'node/fast/node-initialize.yaml',
  'node/heartbeat/node-heartbeat.yaml',
  'pod/fast/pod-complete.yaml',
  'pod/fast/pod-delete.yaml',
  'pod/fast/pod-ready.yaml',
].map((path) => `kustomize/stage/${path}`);

export const components: readonly Component[] = [
  {
    name: 'etcd-3.7',
    version: '3.7.3',
    how: 'go',
    programs: { etcd: 'etcd', etcdctl: 'etcdctl', etcdutl: 'etcdutl' },
    probe: ['--version'],
    modules: {
      'go.etcd.io/etcd/server/v3': ETCD,
      'go.etcd.io/etcd/etcdctl/v3': ETCD,
      'go.etcd.io/etcd/etcdutl/v3': ETCD,
    },
    packages: {
      etcd: 'go.etcd.io/etcd/server/v3',
      etcdctl: 'go.etcd.io/etcd/etcdctl/v3',
      etcdutl: 'go.etcd.io/etcd/etcdutl/v3',
    },
  },
  {
    name: 'coredns',
    version: '1.15.0',
    how: 'go',
    programs: { coredns: 'coredns' },
    probe: ['-version'],
    modules: { 'github.com/coredns/coredns': 'v1.15.0' },
    packages: { coredns: 'github.com/coredns/coredns' },
  },
  kubernetes('kubernetes', KUBERNETES, [...KUBERNETES_PROGRAMS, 'kubectl']),
  kubernetes('kubernetes-older', KUBERNETES_OLDER, KUBERNETES_PROGRAMS),
  {
    name: 'kwok',
    version: KWOK.slice(1),
    how: 'go',
    programs: { kwok: 'kwok', stages: 'stages.yaml' },
    probe: ['--version'],
    modules: { 'sigs.k8s.io/kwok': KWOK },
    packages: { kwok: 'sigs.k8s.io/kwok/cmd/kwok' },
    files: { 'stages.yaml': { module: 'sigs.k8s.io/kwok', version: KWOK, paths: KWOK_STAGES } },
  },
  {
    name: 'helm',
    version: '4.3.1',
    how: 'go',
    programs: { helm: 'helm' },
    probe: ['version', '--short'],
    modules: { 'helm.sh/helm/v4': 'v4.3.1' },
    packages: { helm: 'helm.sh/helm/v4/cmd/helm' },
  },
  ...longTestComponents,
  debian('etcd-3.4', 'etcd-server', { etcd: 'usr/bin/etcd' }, '--version'),
  debian('etcd-client-3.4', 'etcd-client', { etcdctl: 'usr/bin/etcdctl' }, 'version'),
  debian('nsd', 'nsd', { nsd: 'usr/sbin/nsd', 'nsd-checkzone': 'usr/sbin/nsd-checkzone' }, '-v'),
  debian('knot', 'knot', { knotd: 'usr/sbin/knotd', knotc: 'usr/sbin/knotc' }, '-V'),
  debian('bind', 'bind9', { named: 'usr/sbin/named' }, '-v'),
  debian('dig', 'bind9-dnsutils', { dig: 'usr/bin/dig' }, '-v'),
  debian('faketime', 'faketime', { faketime: 'usr/bin/faketime' }, '--version'),
  debian('iptables', 'iptables', { iptables: 'usr/sbin/iptables-legacy' }, '--version'),
  debian('prometheus', 'prometheus', { promtool: 'usr/bin/promtool' }, '--version'),
];

const verified = new Map<ComponentName, Promise<ComponentPaths>>();

/** Paths of a component, built or fetched at first use and probed once a process. */
export function ensure(name: ComponentName, report = toStderr): Promise<ComponentPaths> {
  let paths = verified.get(name);
  if (paths === undefined) {
    paths = obtain(name, (line) => report(`lab: ${name}: ${line}`));
    verified.set(name, paths);
    paths.catch(() => verified.delete(name));
  }
  return paths;
}

function toStderr(line: string): void {
  process.stderr.write(`${line}\n`);
}

async function obtain(
  name: ComponentName,
  report: (line: string) => void,
): Promise<ComponentPaths> {
  const component = components.find((each) => each.name === name);
  if (component === undefined) throw new Error(`lab: no component is called ${name}`);
  const key = cacheKey(component);
  try {
    for (let attempt = 1; ; attempt++) {
      const folder = await cached({
        key,
        report,
        build: (aside) => build(component, aside, report),
      });
      const paths = describe(component, folder);
      const problem = await probe(component, paths);
      if (problem === undefined) return paths;
      if (attempt === 2) throw new Error(problem);
      // A library was removed from the host, or the disk lost something: fetch it anew, once.
      report(`does not run (${problem}), fetching it again`);
      discard(key);
    }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`lab: ${name} ${component.version} cannot be had: ${reason}`, { cause: error });
  }
}

function cacheKey(component: Component): string {
  if (component.how === 'go') return `${component.name}-${component.version}`;
  return `${component.name}-${releaseName()}-${process.arch}`;
}

async function build(
  component: Component,
  folder: string,
  report: (line: string) => void,
): Promise<void> {
  if (component.how === 'debian') {
    await extractPackage(folder, { package: component.debian ?? component.name, report });
    return;
  }
  const { modules = {}, packages = {}, stamps = {}, staging, files = {}, folders = {} } = component;
  const stage = staging === undefined ? {} : { staging };
  const parts = { modules, stamps, files, folders, ...stage };
  await buildWithGo(folder, { ...parts, programs: packages, report });
}

function describe(component: Component, folder: string): ComponentPaths {
  const root = component.how === 'debian' ? join(folder, 'root') : folder;
  const stamp = join(folder, 'version');
  const libraries = component.how === 'debian' ? libraryPath(root) : '';
  return {
    folder,
    version: existsSync(stamp) ? readFileSync(stamp, 'utf8') : component.version,
    programs: Object.fromEntries(
      Object.entries(component.programs).map(([name, path]) => [name, join(root, path)]),
    ),
    env: libraries === '' ? {} : { LD_LIBRARY_PATH: libraries },
  };
}

async function probe(component: Component, paths: ComponentPaths): Promise<string | undefined> {
  const first = Object.values(paths.programs)[0] ?? '';
  const ran = await tryCommand(first, component.probe, { env: paths.env, timeoutMs: 20_000 });
  // nsd -v says its version and exits 1: what it says decides there.
  if (ran.code === 0 || /version \d/i.test(ran.stdout + ran.stderr)) return undefined;
  return `exit ${ran.code}: ${(ran.stderr || ran.stdout).trim().slice(0, 200)}`;
}

/** kubectl refuses a server without a version, so all four are stamped with theirs. */
function kubernetes(
  name: ComponentName,
  { minor, patch }: { readonly minor: string; readonly patch: string },
  programs: readonly string[],
): Component {
  const version = `v1.${minor}.${patch}`;
  const stamped = (of: string) => [
    [`${of}.gitVersion`, version],
    [`${of}.gitMajor`, '1'],
    [`${of}.gitMinor`, minor],
  ];
  return {
    name,
    version: version.slice(1),
    how: 'go',
    programs: Object.fromEntries(programs.map((program) => [program, program])),
    probe: ['--version'],
    modules: { 'k8s.io/kubernetes': version },
    packages: Object.fromEntries(
      programs.map((program) => [program, `k8s.io/kubernetes/cmd/${program}`]),
    ),
    stamps: Object.fromEntries([
      ...stamped('k8s.io/component-base/version'),
      ...stamped('k8s.io/client-go/pkg/version'),
    ]),
    staging: { module: 'k8s.io/kubernetes', version, partsVersion: `v0.${minor}.${patch}` },
  };
}

function debian(
  name: ComponentName,
  packageName: string,
  programs: Record<string, string>,
  probeFlag: string,
): Component {
  const version = 'as the release has it';
  return { name, version, how: 'debian', programs, probe: [probeFlag], debian: packageName };
}
