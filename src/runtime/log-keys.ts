/** The dictionary of log keys: one word, one meaning, in every line. tidy refuses others. */

export interface LogFields {
  readonly address?: string;
  readonly alarm?: string;
  readonly cluster?: string;
  readonly code?: string;
  readonly component?: string;
  readonly count?: number;
  readonly durationMs?: number;
  readonly error?: string;
  readonly file?: string;
  readonly held?: number;
  readonly holder?: string;
  readonly key?: string;
  readonly moved?: string;
  readonly names?: number;
  readonly namespace?: string | undefined;
  readonly objectName?: string | undefined;
  readonly ownerName?: string;
  readonly protocol?: string;
  readonly rcode?: string;
  readonly reason?: string;
  readonly revision?: number;
  readonly rrType?: string;
  readonly signal?: string;
  readonly skipped?: number;
  readonly store?: string;
  readonly thread?: number;
  readonly zone?: string;
}
