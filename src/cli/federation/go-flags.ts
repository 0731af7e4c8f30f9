/**
 * Command lines as scripts wrote them for kubefedctl -> as this program reads them: flags of its
 * logging are taken and ignored, `--flag=false` of Go is understood, flags may stand before the verb.
 *
 *   --v=2 join c1 --dry-run=true --error-on-existing=false
 *     ->  join c1 --dry-run --no-error-on-existing
 *
 * Source: specs of KubeFed 0.10, "kubefedctl"; klog and pflag (dashes for underscores).
 */

const VERBS = new Set([
  'disable',
  'enable',
  'federate',
  'join',
  'orphaning-deletion',
  'unjoin',
  'version',
]);

/** Of klog: they take a value... */
const LOG_VALUES = new Set([
  'log-backtrace-at',
  'log-dir',
  'log-file',
  'log-file-max-size',
  'log-flush-frequency',
  'stderrthreshold',
  'v',
  'vmodule',
]);
/** ...or are on or off. */
const LOG_SWITCHES = new Set([
  'add-dir-header',
  'alsologtostderr',
  'logtostderr',
  'one-output',
  'skip-headers',
  'skip-log-headers',
]);
/** Of the verbs: on or off. */
const SWITCHES = new Set([
  'allow-escalate',
  'cascade',
  'contents',
  'delete-crd',
  'dry-run',
  'enable-type',
  'error-on-existing',
  'force',
]);
/** The same of one letter; all others take a value. */
const SHORT_SWITCHES = new Set(['c', 'h', 't']);
/** Of the verbs, all with a value, where one may stand before the verb. */
const LEADING_VALUES = new Set(['host-cluster-context', 'kubeconfig', 'kubefed-namespace']);

/** What is meant for another verb stays as it is. */
export function readGoFlags(argv: readonly string[]): readonly string[] {
  const at = verbIndex(argv);
  const verb = argv[at];
  if (verb === undefined || !VERBS.has(verb)) return argv;
  const rest = [...argv.slice(at + 1)];
  const leading = [...argv.slice(0, at)];
  const [sub = ''] = rest;
  const hasSub = verb === 'orphaning-deletion' && !sub.startsWith('-');
  const head = hasSub ? [verb, ...rest.splice(0, 1)] : [verb];
  return [...head, ...readWords([...leading, ...rest])];
}

function verbIndex(argv: readonly string[]): number {
  for (let index = 0; index < argv.length; index++) {
    const { name, value } = flagOf(argv[index] ?? '');
    if (name === undefined) return index;
    const takesNext = LOG_VALUES.has(name) || LEADING_VALUES.has(name);
    if (takesNext && value === undefined) index++;
  }
  return -1;
}

function readWords(words: readonly string[]): string[] {
  const read: string[] = [];
  for (let index = 0; index < words.length; index++) {
    const word = words[index] ?? '';
    if (word === '--') return [...read, ...words.slice(index)];
    const { name, value } = flagOf(word);
    if (name !== undefined && LOG_VALUES.has(name)) {
      if (value === undefined) index++;
    } else if (name === undefined || !LOG_SWITCHES.has(name)) {
      read.push(...(/^-[A-Za-z]/.test(word) ? readShort(word) : readSwitch(word, name, value)));
    }
  }
  return read;
}

function readSwitch(word: string, name: string | undefined, value: string | undefined): string[] {
  if (name === undefined || value === undefined || !SWITCHES.has(name)) return [word];
  const isOn = isOnOf(value);
  // Told by the parser, as what it is.
  if (isOn === undefined) return [word];
  if (isOn) return [`--${name}`];
  return name === 'error-on-existing' ? ['--no-error-on-existing'] : [];
}

/** Letters together, the last of them with its value, also after `=`: `-tn=shop`. */
function readShort(word: string): string[] {
  const read: string[] = [];
  for (let at = 1; at < word.length; at++) {
    const letter = word[at] ?? '';
    const rest = word.slice(at + 1);
    const value = rest.startsWith('=') ? rest.slice(1) : undefined;
    if (!SHORT_SWITCHES.has(letter)) {
      return [...read, `-${letter}`, ...(rest === '' ? [] : [value ?? rest])];
    }
    const isOn = value === undefined ? true : isOnOf(value);
    if (isOn === undefined) return [word];
    if (isOn) read.push(`-${letter}`);
    if (value !== undefined) return read;
  }
  return read;
}

/** As strconv.ParseBool; undefined: it is neither. */
function isOnOf(value: string): boolean | undefined {
  if (/^(1|t|T|true|TRUE|True)$/.test(value)) return true;
  return /^(0|f|F|false|FALSE|False)$/.test(value) ? false : undefined;
}

/** Long flags, and `-v`, whose level may follow at once; other short ones stay what they are. */
function flagOf(word: string): { readonly name?: string; readonly value?: string } {
  const match = /^(?:--([A-Za-z][\w-]*)(?:=(.*))?|-(v)(?:=?(.+))?)$/s.exec(word);
  if (match === null) return word.startsWith('-') ? { name: '' } : {};
  const name = (match[1] ?? match[3] ?? '').replaceAll('_', '-');
  const value = match[2] ?? match[4];
  return value === undefined ? { name } : { name, value };
}
