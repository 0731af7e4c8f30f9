/** `fedns completion bash|zsh`: words for the shell, from the very table of verbs. */

import { Argument, type Command } from 'commander';
import { print } from '../output.ts';

export function addCompletion(program: Command): void {
  program
    .command('completion')
    .description('prints a completion script: source <(fedns completion bash)')
    .addArgument(new Argument('<shell>').choices(['bash', 'zsh']))
    .action((shell: string) => print(shell === 'bash' ? bash(program) : zsh(program)));
}

/** Path of a verb (`records list`) -> the words that may follow. */
function wordsOf(command: Command, path: readonly string[] = []): Map<string, string[]> {
  const words = new Map([[path.join(' '), nextWords(command)]]);
  for (const sub of command.commands) {
    for (const [key, value] of wordsOf(sub, [...path, sub.name()])) words.set(key, value);
  }
  return words;
}

function nextWords(command: Command): string[] {
  return [
    ...command.commands.map((sub) => sub.name()),
    ...command.registeredArguments.flatMap((argument) => argument.argChoices ?? []),
    ...command.options.flatMap((option) => option.long ?? []),
  ];
}

/** `records list --output` -> the values that may follow, where they are words. */
function valuesOf(command: Command, path: readonly string[] = []): Map<string, string[]> {
  const values = new Map<string, string[]>();
  for (const { long, short, argChoices = [] } of command.options) {
    if (argChoices.length === 0) continue;
    for (const flag of [long, short]) if (flag) values.set([...path, flag].join(' '), argChoices);
  }
  for (const sub of command.commands) {
    for (const [key, value] of valuesOf(sub, [...path, sub.name()])) values.set(key, value);
  }
  return values;
}

function bash(program: Command): string {
  const casesOf = (words: ReadonlyMap<string, readonly string[]>) =>
    [...words].map(([key, values]) => `    "${key}") words="${values.join(' ')}" ;;`).join('\n');
  const words = wordsOf(program);
  const verbs = [...words.keys()].filter((path) => path !== '').map((path) => `"${path}"`);
  // What is no verb is a name, a file or the value of an option: the verb stays.
  return `_fedns() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD - 1]}"
  local path="" words="" longer index
  for ((index = 1; index < COMP_CWORD; index++)); do
    longer="\${path:+$path }\${COMP_WORDS[index]}"
    case "$longer" in ${verbs.join('|')}) path="$longer" ;; esac
  done
  case "$path" in
${casesOf(words)}
  esac
  case "\${path:+$path }$previous" in
${casesOf(valuesOf(program))}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
  [[ \${#COMPREPLY[@]} -eq 0 ]] && COMPREPLY=($(compgen -f -- "$current"))
}
complete -o filenames -F _fedns fedns`;
}

function zsh(program: Command): string {
  return `autoload -U +X bashcompinit && bashcompinit\n${bash(program)}`;
}
