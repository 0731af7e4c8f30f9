/** `fedns completion bash|zsh`: words for the shell, from the very table of verbs. */

import { Argument, type Command } from 'commander';
import { print } from './output.ts';

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
    ...command.options.flatMap((option) => option.long ?? []),
  ];
}

function bash(program: Command): string {
  const cases = [...wordsOf(program)].map(
    ([path, words]) => `    "${path}") words="${words.join(' ')}" ;;`,
  );
  return `_fedns() {
  local current="\${COMP_WORDS[COMP_CWORD]}" path="" words="" index
  for ((index = 1; index < COMP_CWORD; index++)); do
    case "\${COMP_WORDS[index]}" in -*) ;; *) path="\${path:+$path }\${COMP_WORDS[index]}" ;; esac
  done
  case "$path" in
${cases.join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
  [[ \${#COMPREPLY[@]} -eq 0 ]] && COMPREPLY=($(compgen -f -- "$current"))
}
complete -o filenames -F _fedns fedns`;
}

function zsh(program: Command): string {
  return `autoload -U +X bashcompinit && bashcompinit\n${bash(program)}`;
}
