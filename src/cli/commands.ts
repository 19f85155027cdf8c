/** The names of the commands, and what each is for in a few words. */
export const COMMANDS = {
  serve: 'run the proxy',
  init: 'write what clients need (CA, kubeconfig) and exit',
  check: 'find what is wrong with an installation, and the cure',
  analyze: 'see how noisy the watches of a cluster are, and why',
  record: 'keep the events of a watch in a file',
  replay: 'serve such a file as an API server',
  demo: 'show what it does, on an embedded miniature cluster',
  inject: 'add the sidecar to manifests',
  uninject: 'take it out of manifests again',
  webhook: 'add the sidecar to Pods as they are made',
  completion: 'a script that completes commands and flags in a shell',
  help: 'what a command is for, with its flags',
  version: 'the version',
} as const;

export type CommandName = keyof typeof COMMANDS;

export const COMMAND_NAMES: readonly CommandName[] = Object.keys(COMMANDS).filter(isCommand);

export function isCommand(name: string): name is CommandName {
  return Object.hasOwn(COMMANDS, name);
}
