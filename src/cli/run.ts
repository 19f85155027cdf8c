/**
 * The command line: arguments in, exit code out. A command's modules are loaded only when it runs, so that --help and
 * mistakes are answered at once.
 */
import { didYouMean } from '../config/given.ts';
import { COMMAND_NAMES, COMMANDS, type CommandName, isCommand } from './commands.ts';
import { EXIT } from './exit-codes.ts';
import type { Io } from './io.ts';
import { version } from '../platform/version.ts';

const USAGE = `watchsieve ${version}: lets Kubernetes controllers watch objects without their noise

Usage: watchsieve COMMAND [flags]

${COMMAND_NAMES.map((name) => `  ${name.padEnd(10)}  ${COMMANDS[name]}\n`).join('')}
watchsieve help COMMAND has the flags of each, and examples.
`;

/** Runs the command that `argv` names. @returns the exit code */
export async function run(argv: readonly string[], io: Io): Promise<number> {
  const [given, ...rest] = argv;
  switch (given) {
    case undefined:
      io.stderr.write(USAGE);
      return EXIT.usage;
    case '--help':
    case '-h':
      return showHelp(rest, io);
    case '--version':
      return showVersion(rest, io);
  }
  if (!isCommand(given)) return unknown(given, io);
  if (given !== 'help' && asksForHelp(rest)) return showHelp([given], io);
  return runCommand(given, rest, io);
}

async function runCommand(command: CommandName, argv: readonly string[], io: Io): Promise<number> {
  switch (command) {
    case 'serve':
      return (await import('./serve-entry.ts')).runServe(argv, io);
    case 'init': {
      const { init } = await import('./init.ts');
      return init(argv, io, async () => (await import('../serve/init-state.ts')).initState);
    }
    case 'check':
      return (await import('./check.ts')).check(argv, io);
    case 'analyze':
      return (await import('./analyze.ts')).runAnalyze(argv, io);
    case 'record':
      return (await import('./record.ts')).runRecord(argv, io);
    case 'replay':
      return (await import('./replay.ts')).runReplay(argv, io);
    case 'demo':
      return runDemo(argv, io);
    case 'inject':
    case 'uninject':
      return (await import('./inject.ts')).runInject(command, argv, io);
    case 'webhook':
      return (await import('./webhook.ts')).runWebhook(argv, io);
    case 'completion':
      return complete(argv, io);
    case 'help':
      return showHelp(argv, io);
    case 'version':
      return showVersion(argv, io);
  }
}

function unknown(command: string, io: Io): number {
  io.stderr.write(`watchsieve: unknown command ${command}${didYouMean(command, COMMAND_NAMES)}\n\n${USAGE}`);
  return EXIT.usage;
}

function asksForHelp(argv: readonly string[]): boolean {
  return argv.includes('--help') || argv.includes('-h');
}

async function showHelp([command, ...more]: readonly string[], io: Io): Promise<number> {
  if (command === undefined || command.startsWith('-')) {
    io.stdout.write(USAGE);
    return EXIT.fine;
  }
  if (!isCommand(command)) return unknown(command, io);
  const refused = await refusal('help', asksForHelp(more) ? [] : more, io);
  if (refused !== undefined) return refused;
  io.stdout.write((await import('./help.ts')).helpOf(command));
  return EXIT.fine;
}

async function showVersion(argv: readonly string[], io: Io): Promise<number> {
  const refused = await refusal('version', argv, io);
  if (refused !== undefined) return refused;
  io.stdout.write(`${version}\n`);
  return EXIT.fine;
}

/** The exit code for arguments of a command that takes no more; undefined if there are none. */
async function refusal(command: CommandName, argv: readonly string[], io: Io): Promise<number | undefined> {
  if (argv.length === 0) return undefined;
  const [{ readRows }, { wrongUsage }] = await Promise.all([
    import('../config/read-rows.ts'),
    import('./endings.ts'),
  ]);
  const { problems } = readRows(argv, []);
  return problems.length > 0 ? wrongUsage(io, command, problems) : undefined;
}

async function complete([given = '', ...more]: readonly string[], io: Io): Promise<number> {
  const [{ completionScript, SHELLS }, { helpOf }] = await Promise.all([
    import('./completion.ts'),
    import('./help.ts'),
  ]);
  const shell = SHELLS.find((known) => known === given);
  if (shell === undefined) {
    io.stderr.write(`watchsieve: name the shell: ${SHELLS.join(', ')}${didYouMean(given, SHELLS)}\n`);
    return EXIT.usage;
  }
  const refused = await refusal('completion', more, io);
  if (refused !== undefined) return refused;
  io.stdout.write(completionScript(shell, helpOf));
  return EXIT.fine;
}

async function runDemo(argv: readonly string[], io: Io): Promise<number> {
  const [{ runDemo: demo }, { onStopRequest }] = await Promise.all([
    import('./demo.ts'),
    import('./signals.ts'),
  ]);
  const stop = onStopRequest(io);
  try {
    return await demo([...argv], { stdout: io.stdout, stderr: io.stderr, signal: stop.signal });
  } finally {
    stop.forget();
  }
}
