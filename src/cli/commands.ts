export const COMMANDS = {
  serve: 'run the proxy',
  init: 'write what clients need (CA, kubeconfig) and exit',
  check: 'find what is wrong with an installation, and how to fix it',
  analyze: 'see how noisy the watches of a cluster are, and why',
  record: 'keep the events of a watch in a file',
  replay: 'serve such a file as an API server',
  demo: 'show the effect on an embedded miniature cluster',
  inject: 'add the sidecar to manifests',
  uninject: 'remove the sidecar from manifests',
  webhook: 'add the sidecar to Pods when they are created',
  completion: 'print a script that completes commands and flags in a shell',
  help: 'explain a command and its flags',
  version: 'print the version',
} as const;

export type CommandName = keyof typeof COMMANDS;

export const COMMAND_NAMES: readonly CommandName[] = Object.keys(COMMANDS).filter(isCommand);

export function isCommand(name: string): name is CommandName {
  return Object.hasOwn(COMMANDS, name);
}
