/**
 * `watchsieve completion SHELL`: prints a script that completes commands, flags and values. It is made from the help
 * texts, so that both agree.
 */
import { COMMANDS, COMMAND_NAMES, type CommandName } from './commands.ts';

export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

export const COMPLETION_HELP = `Usage: watchsieve completion bash|zsh|fish

Writes a script that completes commands, flags and their values.

Examples:
  source <(watchsieve completion bash)
      In ~/.bashrc. For zsh, the same in ~/.zshrc, after compinit.
  watchsieve completion fish > ~/.config/fish/completions/watchsieve.fish
      Needed only once.

Exit code 0, or 2 for an unknown shell.
`;

interface Flag {
  readonly name: string;
  /**
   * The possible values, if they are a closed set; empty if any value is possible; undefined if the flag takes no
   * value.
   */
  readonly values: readonly string[] | undefined;
}

/** The flags that a help text lists. Each begins a line. */
export function flagsOf(help: string): readonly Flag[] {
  const rows = help.matchAll(/^ {2}(--[a-z][a-z-]*)(?: +(?:<([^>]+)>|([A-Z][A-Z/:]*)(?= |$)))?/gm);
  return [...rows].map(([, name = '', kind, word]) => {
    const label = kind ?? word;
    if (label === undefined) return { name, values: undefined };
    return { name, values: label.includes('|') ? label.split('|').map((choice) => choice.trim()) : [] };
  });
}

/** @param helpOf text of each command's help */
export function completionScript(shell: Shell, helpOf: (command: CommandName) => string): string {
  const flags = new Map(COMMAND_NAMES.map((name) => [name, [...flagsOf(helpOf(name)), HELP]] as const));
  switch (shell) {
    case 'bash':
      return bash(flags);
    case 'zsh':
      return zsh(flags);
    case 'fish':
      return fish(flags);
  }
}

type Flags = ReadonlyMap<CommandName, readonly Flag[]>;

const HELP: Flag = { name: '--help', values: undefined };
/** The arguments of commands that take fixed words instead of files. */
const WORDS: Readonly<Partial<Record<CommandName, readonly string[]>>> = {
  completion: SHELLS,
  help: COMMAND_NAMES,
  version: [],
};

/** A line of `case`, such as `serve:--mode) echo filter observe ;;`, for both kinds of shell. */
function choices(flags: Flags): string {
  return [...flags]
    .flatMap(([command, all]) =>
      all
        .filter(({ values }) => values !== undefined && values.length > 0)
        .map(({ name, values = [] }) => `    ${command}:${name}) words='${values.join(' ')}' ;;`),
    )
    .join('\n');
}

function names(flags: Flags): string {
  return [...flags]
    .map(([command, all]) => {
      const words = [...(WORDS[command] ?? []), ...all.map(({ name }) => name)];
      return `    ${command}) words='${words.join(' ')}' ;;`;
    })
    .join('\n');
}

function bash(flags: Flags): string {
  return `# Completion of watchsieve for bash.
_watchsieve() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]} command=\${COMP_WORDS[1]} words=
  COMPREPLY=()
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W '${COMMAND_NAMES.join(' ')}' -- "$current"))
    return
  fi
  case "$command:$previous" in
${choices(flags)}
  esac
  if [ -z "$words" ]; then
    case "$command" in
${names(flags).replace(/^/gm, '  ')}
    esac
    case "$current" in -*) ;; *) case "$command" in completion | help) ;; *) return ;; esac ;; esac
  fi
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F _watchsieve watchsieve
`;
}

function zsh(flags: Flags): string {
  return `#compdef watchsieve
# Completion of watchsieve for zsh.
_watchsieve() {
  local command=\${words[2]} previous=\${words[CURRENT-1]} current=\${words[CURRENT]} found=
  if (( CURRENT == 2 )); then
    compadd -- ${COMMAND_NAMES.join(' ')}
    return
  fi
  case "$command:$previous" in
${choices(flags).replaceAll('words=', 'found=')}
  esac
  if [[ -z $found ]]; then
    if [[ $current != -* && $command != completion && $command != help ]]; then
      _files
      return
    fi
    case "$command" in
${names(flags).replaceAll('words=', 'found=').replace(/^/gm, '  ')}
    esac
  fi
  compadd -- \${=found}
}
compdef _watchsieve watchsieve
`;
}

function fish(flags: Flags): string {
  const commands = COMMAND_NAMES.map(
    (name) => `complete -c watchsieve -n __fish_use_subcommand -f -a ${name} -d ${quoted(COMMANDS[name])}`,
  );
  const rows = [...flags].flatMap(([command, all]) => [
    ...(WORDS[command] ?? []).map((word) => `${inFish(command)} -f -a ${word}`),
    ...all.map(({ name, values }) => {
      const takes =
        values === undefined ? '' : values.length > 0 ? ` -x -a ${quoted(values.join(' '))}` : ' -r';
      return `${inFish(command)} -l ${name.slice(2)}${takes}`;
    }),
  ]);
  return `# Completion of watchsieve for fish.\n${[...commands, ...rows].join('\n')}\n`;
}

function inFish(command: CommandName): string {
  return `complete -c watchsieve -n '__fish_seen_subcommand_from ${command}'`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "\\'")}'`;
}
