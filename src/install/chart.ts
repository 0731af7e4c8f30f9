/**
 * The chart as it lies in the package, and what it makes of values: the very objects that Helm would
 * apply. So there is one source of manifests, and no Helm is needed to install them.
 *
 * Source: Helm "Charts", "The chart file structure".
 */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, parseAllDocuments } from 'yaml';
import { isJsonObject, type JsonObject } from '../api/kubefed/federated-object.ts';
import { textAt } from '../api/untyped.ts';
import { evaluateTemplate } from './template/evaluate-template.ts';
import { parseTemplate } from './template/parse-template.ts';
import { type ParsedTemplate, TemplateError, type TemplateNode } from './template/template-tree.ts';

/** deploy/chart of a checkout and of a package: `src` and `dist` lie beside `deploy`. */
const FOLDER = join(import.meta.dirname, '../../deploy/chart');

export interface Chart {
  readonly about: unknown;
  readonly values: JsonObject;
  readonly schema: JsonObject;
  readonly definitions: readonly JsonObject[];
  /** Path below `templates` -> what it says. */
  readonly templates: ReadonlyMap<string, ParsedTemplate>;
}

export interface Release {
  readonly name: string;
  readonly namespace: string;
}

export interface RenderedChart {
  readonly objects: readonly JsonObject[];
  /** What Helm says at the end: the first words are of values that are ignored. */
  readonly notes: string;
}

const NOTES = 'NOTES.txt';

/** Throws what `node:fs` and `yaml` throw: a package that is not whole. */
export function readChart(folder = FOLDER): Chart {
  const yaml = (name: string): unknown => parse(readFileSync(join(folder, name), 'utf8'));
  const templates = filesBelow(join(folder, 'templates')).map(([path, text]) => {
    return [path, inFile(path, () => parseTemplate(text))] as const;
  });
  return {
    about: yaml('Chart.yaml'),
    values: objectOf(yaml('values.yaml')),
    schema: objectOf(yaml('values.schema.json')),
    definitions: filesBelow(join(folder, 'crds')).flatMap(([, text]) => objectsIn(text)),
    templates: new Map(templates),
  };
}

/** Hooks of Helm are not among them: what they do is the caller's work. Throws TemplateError. */
export function renderChart(chart: Chart, values: JsonObject, release: Release): RenderedChart {
  const defined = new Map<string, readonly TemplateNode[]>();
  for (const template of chart.templates.values()) {
    for (const [name, body] of template.defined) defined.set(name, body);
  }
  const { name, namespace } = release;
  const root = {
    Values: values,
    Release: { Name: name, Namespace: namespace, Service: 'fedns' },
    Chart: {
      AppVersion: textAt(chart.about, 'appVersion'),
      Version: textAt(chart.about, 'version'),
    },
  };
  const textOf = (path: string, body: readonly TemplateNode[]) =>
    inFile(path, () => evaluateTemplate({ root, defined }, body));
  const objects = [...chart.templates].flatMap(([path, { body }]) => {
    return path === NOTES || path.endsWith('.tpl') ? [] : objectsIn(textOf(path, body));
  });
  const isHook = (object: JsonObject) =>
    textAt(object, 'metadata', 'annotations', 'helm.sh/hook') !== undefined;
  return {
    objects: objects.filter((object) => !isHook(object)),
    notes: textOf(NOTES, chart.templates.get(NOTES)?.body ?? []),
  };
}

function inFile<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    throw new TemplateError(`chart, ${path}: ${error.message}`);
  }
}

function objectsIn(text: string): readonly JsonObject[] {
  const values = parseAllDocuments(text).map((document): unknown => {
    const [error] = document.errors;
    if (error !== undefined) throw new TemplateError(`${error.message}\n${text}`);
    return document.toJS();
  });
  return values.filter(isJsonObject);
}

function objectOf(value: unknown): JsonObject {
  if (!isJsonObject(value)) throw new TemplateError('chart: a file is no object');
  return value;
}

function filesBelow(folder: string, within = ''): readonly (readonly [string, string])[] {
  const entries = readdirSync(folder, { withFileTypes: true });
  return entries
    .sort((left, right) => (left.name < right.name ? -1 : 1))
    .flatMap((entry) => {
      const path = within === '' ? entry.name : `${within}/${entry.name}`;
      const full = join(folder, entry.name);
      if (entry.isDirectory()) return filesBelow(full, path);
      return [[path, readFileSync(full, 'utf8')] as const];
    });
}
