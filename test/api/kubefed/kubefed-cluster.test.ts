/** A KubeFedCluster read field by field: what is good, and the one line for what is not. */

import { describe, expect, it } from 'vitest';
import {
  readKubeFedCluster,
  readSecretToken,
  type SlimKubeFedCluster,
} from '../../../src/api/kubefed/kubefed-cluster.ts';
import type { Read } from '../../../src/api/read.ts';

const PEM = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n';

function read(spec: object, status?: object): Read<SlimKubeFedCluster> {
  const good = { apiEndpoint: 'https://east.example:6443', secretRef: { name: 'east' } };
  return readKubeFedCluster({ spec: { ...good, ...spec }, status });
}

function said(spec: object, status?: object): Partial<SlimKubeFedCluster> {
  const found = read(spec, status);
  if (found.kind === 'bad') throw new Error(found.problem);
  return found.value;
}

function problem(spec: object, status?: object): string {
  const found = read(spec, status);
  return found.kind === 'bad' ? found.problem : 'good';
}

it('nothing but the two fields that must be there', () => {
  expect(said({})).toEqual({
    server: 'https://east.example:6443',
    secretName: 'east',
    disabledTlsChecks: [],
  });
});

it.each([
  ['east.example', 'https://east.example'],
  ['east.example:6443', 'https://east.example:6443'],
  ['localhost:6443', 'https://localhost:6443'],
  ['east_1.example', 'https://east_1.example'],
  ['192.0.2.1', 'https://192.0.2.1'],
  ['192.0.2.1:6443/', 'https://192.0.2.1:6443'],
  ['2001:db8::1', 'https://[2001:db8::1]'],
  ['[2001:db8::1]:6443', 'https://[2001:db8::1]:6443'],
  ['https://East.example/k8s/clusters/c-1/', 'https://east.example/k8s/clusters/c-1'],
  ['http://east.example:8080', 'http://east.example:8080'],
])('apiEndpoint %s is %s', (apiEndpoint, server) => {
  expect(said({ apiEndpoint }).server).toBe(server);
});

it.each([
  ['', 'is missing'],
  [7, 'is missing'],
  [undefined, 'is missing'],
  ['ftp://east.example', 'its scheme is "ftp", neither http nor https'],
  ['east.example/k8s', 'a path needs a URL, https://…'],
  ['https:///k8s', 'has no host'],
  ['east.example:0', 'port 0 is none'],
  ['east.example:65536', 'is no host, host:port, IP or URL'],
  ['east.example:http', 'is no host, host:port, IP or URL'],
  ['east example', 'is no host, host:port, IP or URL'],
  ['https://admin:secret@east.example', 'is no host, host:port, IP or URL'],
  ['east..example', 'its host is no name and no IP'],
  [`${'e'.repeat(64)}.example`, 'its host is no name and no IP'],
])('apiEndpoint %s: %s', (apiEndpoint, why) => {
  expect(problem({ apiEndpoint })).toBe(`spec.apiEndpoint: ${why}`);
});

describe('the other fields', () => {
  it.each([
    [{ caBundle: btoa(PEM) }, { caBundle: PEM }],
    [{ caBundle: null }, { caBundle: undefined }],
    [{ disabledTLSValidations: ['*'] }, { disabledTlsChecks: '*' }],
    [{ disabledTLSValidations: ['SubjectName'] }, { disabledTlsChecks: ['SubjectName'] }],
    [
      { disabledTLSValidations: ['ValidityPeriod', 'SubjectName', 'SubjectName'] },
      { disabledTlsChecks: ['SubjectName', 'ValidityPeriod'] },
    ],
    [{ proxyURL: 'socks5://proxy.example:1080' }, { proxyUrl: 'socks5://proxy.example:1080' }],
    [{ proxyURL: '' }, { proxyUrl: undefined }],
  ])('%j is %j', (spec, want) => {
    expect(said(spec)).toMatchObject(want);
  });

  it.each([
    [{ secretRef: undefined }, 'spec.secretRef.name: is missing'],
    [{ secretRef: { name: 'No/Name' } }, 'spec.secretRef.name: is no name of a Secret'],
    [{ caBundle: '%%%' }, 'spec.caBundle: is no base64'],
    [{ caBundle: btoa('hello') }, 'spec.caBundle: is no PEM in base64'],
    [{ disabledTLSValidations: '*' }, 'spec.disabledTLSValidations: is no list'],
    [
      { disabledTLSValidations: ['*', 'SubjectName'] },
      'spec.disabledTLSValidations: * stands alone',
    ],
    [
      { disabledTLSValidations: ['Expiry'] },
      'spec.disabledTLSValidations: "Expiry" is none of *, SubjectName, ValidityPeriod',
    ],
    [
      { proxyURL: 'ftp://me:secret@proxy.example' },
      'spec.proxyURL: is no http, https or socks5 URL',
    ],
    [
      { apiEndpoint: '', secretRef: {} },
      'spec.apiEndpoint: is missing; spec.secretRef.name: is missing',
    ],
  ])('%j: %s', (spec, want) => {
    expect(problem(spec)).toBe(want);
  });

  it('region and zones by hand', () => {
    const status = { region: 'West', zones: ['b', 'a', 'b'] };
    expect(said({}, status)).toMatchObject({ region: 'west', topologyZones: ['a', 'b'] });
    expect(said({}, { region: '', zones: [] })).toMatchObject({
      region: undefined,
      topologyZones: undefined,
    });
    const why = 'is no DNS label (a-z, 0-9, -; 1 to 63)';
    expect(problem({}, { region: 'us east' })).toBe(`status.region: "us east" ${why}`);
    expect(problem({}, { zones: ['a', 7] })).toBe(`status.zones: 7 ${why}`);
  });
});

it.each([null, 7, 'text', [], {}, { spec: null }, { spec: [] }, { spec: { secretRef: 7 } }])(
  'never throws: %j',
  (object) => {
    expect(readKubeFedCluster(object).kind).toBe('bad');
    expect(readSecretToken(object)).toBeUndefined();
  },
);

it.each([
  [{ token: btoa('abc') }, { kind: 'good', value: 'abc' }],
  [{ token: btoa('abc\n') }, { kind: 'good', value: 'abc' }],
  [{ token: btoa('two words') }, { kind: 'bad', problem: 'its token is no bearer token' }],
  [{ token: '%' }, { kind: 'bad', problem: 'its token is no base64' }],
  [{ token: '' }, undefined],
  [{ password: btoa('abc') }, undefined],
])('Secret %j', (data, want) => {
  expect(readSecretToken({ data })).toEqual(want);
});
