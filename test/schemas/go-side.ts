/** What the Go program beside this tells: declarations of Kubernetes' own types, and pairs of their objects. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { join } from 'node:path';
import { Builder } from '../e2e/assets.ts';

export interface Declaration {
  readonly name: string;
  readonly numbers: readonly number[];
  readonly holds: string;
  readonly message?: string;
  readonly list?: boolean;
  readonly pointer?: boolean;
  readonly always?: boolean;
}

/** By type, and by `apiVersion kind`. */
export type Declarations = Readonly<Record<string, readonly Declaration[] | null>>;

export interface Step {
  readonly name: string;
  readonly each?: boolean;
  readonly key?: string;
}

/** Two states of an object that differ in one place, and by their resourceVersions. */
export interface Pair {
  readonly apiVersion: string;
  readonly kind: string;
  readonly path: readonly Step[];
  /** What was done there. */
  readonly what: string;
  readonly before: Encoded;
  readonly after: Encoded;
}

/** In base64. */
export interface Encoded {
  readonly json: string;
  readonly protobuf: string;
}

export async function buildGoSide(): Promise<string> {
  const builder = await Builder.create(console.log);
  return builder.build({ module: join(import.meta.dirname, 'go'), name: 'schemas', minutes: 5 });
}

/** Its lines. @param kinds each as `apiVersion kind` */
export async function* linesOf(
  program: string,
  kinds: readonly string[],
  args: readonly string[],
): AsyncGenerator<string> {
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  try {
    child.stdin.end(kinds.join('\n'));
    const exit = once(child, 'exit');
    yield* createInterface({ input: child.stdout });
    const [code] = (await exit) as [number | null];
    if (code !== 0) throw new Error(`the Go side ended with ${code}`);
  } finally {
    child.kill();
  }
}
