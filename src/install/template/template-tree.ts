/** What a template is once it is read: text, and what stands between {{ and }}. */

/** `.Values.a`, `$.a`, `$x.a`: a path that begins at the dot, at the root, or at a variable. */
export interface FieldOperand {
  readonly kind: 'field';
  /** `.`, `$`, or the variable with its $. */
  readonly base: string;
  readonly path: readonly string[];
}

export type Operand =
  | FieldOperand
  | { readonly kind: 'literal'; readonly value: string | number | boolean | undefined }
  | { readonly kind: 'function'; readonly name: string }
  | { readonly kind: 'pipeline'; readonly pipeline: Pipeline; readonly path: readonly string[] };

/** A function with its arguments, or one value; each gets what the one before gave as its last. */
export type Pipeline = readonly (readonly Operand[])[];

export interface Branch {
  readonly condition: Pipeline;
  readonly body: readonly TemplateNode[];
}

export type TemplateNode =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'print'; readonly pipeline: Pipeline }
  | {
      readonly kind: 'assign';
      readonly name: string;
      readonly isNew: boolean;
      readonly pipeline: Pipeline;
    }
  | {
      readonly kind: 'if';
      readonly branches: readonly Branch[];
      readonly otherwise: readonly TemplateNode[];
    }
  | {
      readonly kind: 'with';
      readonly pipeline: Pipeline;
      readonly body: readonly TemplateNode[];
      readonly otherwise: readonly TemplateNode[];
    }
  | {
      readonly kind: 'range';
      /** Variables of key and value. */
      readonly names: readonly string[];
      readonly pipeline: Pipeline;
      readonly body: readonly TemplateNode[];
      readonly otherwise: readonly TemplateNode[];
    };

export interface ParsedTemplate {
  readonly body: readonly TemplateNode[];
  /** What `define` named. */
  readonly defined: ReadonlyMap<string, readonly TemplateNode[]>;
}

/** The chart says what this reader does not know, or what makes no sense. */
export class TemplateError extends Error {
  override readonly name = 'TemplateError';
}
