/** Handles standard streams whose readers are slow or go away. */
import { EXIT } from './exit-codes.ts';

/** The parts of standard output and standard error that are used here, so that tests can replace them. */
type Output = Pick<NodeJS.WriteStream, 'on' | 'write'>;

/** These commands serve clients, so they continue without a reader of their log (I9). Any other command ends. */
const SERVING: readonly (string | undefined)[] = ['serve', 'webhook'];

/** Decides how a command reacts when a stream accepts no more output. */
export function mindReaders(
  command: string | undefined,
  streams: { readonly stdout: Output; readonly stderr: Output },
  exit: (code: number) => void,
): void {
  streams.stderr.on('error', () => undefined);
  streams.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (SERVING.includes(command)) return;
    if (error.code !== 'EPIPE')
      streams.stderr.write(`watchsieve: standard output takes no more (${error.code ?? error.message})\n`);
    exit(EXIT.failed);
  });
}

/** Resolves to the exit code once the streams have taken all output, or accept no more. */
export async function exitCode(
  command: string | undefined,
  code: number,
  { stdout, stderr }: { readonly stdout: Output; readonly stderr: Output },
): Promise<number> {
  const [isHeard] = await Promise.all([taken(stdout), taken(stderr)]);
  return isHeard || SERVING.includes(command) || code !== EXIT.fine ? code : EXIT.failed;
}

function taken(stream: Output): Promise<boolean> {
  return new Promise((resolve) =>
    stream.write('', (error) => resolve(error === undefined || error === null)),
  );
}
