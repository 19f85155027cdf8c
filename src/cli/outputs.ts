/** The ends of a process' standard streams: readers may be slow, or go away. */
import { EXIT } from './exit-codes.ts';

/** Of standard output and standard error; what a test needs to stand in for them. */
type Output = Pick<NodeJS.WriteStream, 'on' | 'write'>;

/** Whoever serves others goes on without a reader of its log (I9); what only writes has nothing left to do. */
const SERVING: readonly (string | undefined)[] = ['serve', 'webhook'];

/** Decides for a command what it means that a stream takes no more. */
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

/** The exit code of a command, once its streams have taken all that was written, or take no more. */
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
