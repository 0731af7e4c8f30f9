/**
 * What a verb did, or would in a dry run: a line each, as it goes; or, asked for with `-o json|yaml`,
 * one document of all of it when the verb is done, also where it broke off.
 *
 *   {"dryRun": false, "steps": [{"cluster": "one", "apiVersion": "v1", "kind": "Namespace",
 *     "name": "shop", "step": "deleted"}], "notes": ["one: unjoined"]}
 *
 * A verb that only looks answers with a document of its own.
 */

import { type ApiResource, apiVersionOf } from '../../api/kubefed/api-resource.ts';
import { choice } from '../flags.ts';
import { complain, print, printDocument } from '../output.ts';

export type Step = 'created' | 'updated' | 'unchanged' | 'deleted' | 'kept';

export type ReportFormat = 'text' | 'json' | 'yaml';

export interface ReportFlags {
  readonly output: ReportFormat;
}

/** Of verbs that can report; `text`: their word for what people read. */
export const reportOption = (text = 'text') =>
  choice('-o, --output <format>', [text, 'json', 'yaml'], text);

/** One object of a cluster. */
export interface ReportedObject {
  readonly resource: Pick<ApiResource, 'group' | 'version' | 'kind'>;
  /** Empty for what belongs to the cluster. */
  readonly namespace: string;
  readonly name: string;
}

interface DocumentRef {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace?: string;
  readonly name: string;
}

interface StepRow extends DocumentRef {
  readonly cluster: string;
  readonly step: Step;
  readonly why?: string;
}

export class Report {
  readonly isDryRun: boolean;
  /** undefined: lines for people. */
  readonly #format: 'json' | 'yaml' | undefined;
  readonly #steps: StepRow[] = [];
  readonly #notes: string[] = [];
  #hasAnswered = false;

  constructor(options: { readonly format: ReportFormat; readonly isDryRun: boolean }) {
    this.isDryRun = options.isDryRun;
    const { format } = options;
    this.#format = format === 'json' || format === 'yaml' ? format : undefined;
  }

  /** `west: ServiceAccount kube-federation-system/west-host created`. */
  step(cluster: string, object: ReportedObject, step: Step, why = ''): void {
    if (this.#format === undefined) {
      const dry = this.isDryRun && step !== 'unchanged' && step !== 'kept' ? ' (dry run)' : '';
      print(`${cluster}: ${describe(object)} ${step}${dry}${why === '' ? '' : `: ${why}`}`);
      return;
    }
    this.#steps.push({ cluster, ...documentRef(object), step, ...(why !== '' && { why }) });
  }

  /** A line of what is no single object. */
  note(line: string): void {
    if (this.#format === undefined) print(line);
    else this.#notes.push(line);
  }

  /** What is under way: no part of a document. */
  progress(line: string): void {
    if (this.#format === undefined) print(line);
    else complain(line);
  }

  /** Of a verb that only looks: `value` in place of steps, or `text` for people. */
  answer(value: unknown, text: string): void {
    this.#hasAnswered = true;
    if (this.#format !== undefined) printDocument(value, this.#format);
    else if (text !== '') print(text);
  }

  /** When the verb is done, or `hasFailed`: what it did until then. */
  end({ hasFailed }: { readonly hasFailed: boolean }): void {
    const isNothing = this.#steps.length === 0 && this.#notes.length === 0;
    if (this.#format === undefined || this.#hasAnswered || (hasFailed && isNothing)) return;
    const document = { dryRun: this.isDryRun, steps: this.#steps, notes: this.#notes };
    printDocument(document, this.#format);
  }
}

/** As documents name an object. */
export function documentRef({ resource, namespace, name }: ReportedObject): DocumentRef {
  return {
    ...{ apiVersion: apiVersionOf(resource), kind: resource.kind },
    ...(namespace !== '' && { namespace }),
    name,
  };
}

/** `ServiceAccount kube-federation-system/west-host`. */
export function describe({ resource, namespace, name }: ReportedObject): string {
  return `${resource.kind} ${namespace === '' ? name : `${namespace}/${name}`}`;
}
