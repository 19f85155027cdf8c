/**
 * Runs the real kubectl, and takes out of its output what differs between any two runs.
 */

import { join } from 'node:path';

import { Child, runToEnd } from '../support/child.ts';

const TIMEOUT_MS = 60_000;

export interface KubectlResult {
  readonly code: number | NodeJS.Signals;
  /** Both outputs with ages and spacing made equal. */
  readonly output: string;
}

export class Kubectl {
  /** "direct" or "through the proxy". */
  readonly way: string;
  readonly #program: string;
  readonly #common: readonly string[];

  constructor(options: {
    readonly program: string;
    readonly kubeconfig: string;
    readonly way: string;
    /** For kubectl's discovery cache: its own, so that it asks the server it is given. */
    readonly folder: string;
  }) {
    this.way = options.way;
    this.#program = options.program;
    const cache = join(options.folder, `kubectl-${options.way.replaceAll(' ', '-')}`);
    this.#common = [`--kubeconfig=${options.kubeconfig}`, `--cache-dir=${cache}`];
  }

  async run(...args: readonly string[]): Promise<KubectlResult> {
    const { code, stdout, stderr } = await runToEnd({ ...this.#options(args), timeoutMs: TIMEOUT_MS });
    return { code, output: withoutAges(`${stdout}\n${stderr}`) };
  }

  /** For commands that do not end by themselves. */
  start(...args: readonly string[]): Child {
    return new Child(this.#options(args));
  }

  #options(args: readonly string[]) {
    const name = `kubectl ${args.join(' ')} (${this.way})`;
    return { name, command: this.#program, args: [...this.#common, ...args] };
  }
}

/** Ages ("7m30s") depend on the moment, and the width of their column on them. */
export function withoutAges(output: string): string {
  return output
    .replaceAll(/\b(\d+d)?(\d+h)?(\d+m)?\d+[smhd]\b/g, 'AGE')
    .replaceAll(/[ \t]+/g, ' ')
    .trim();
}
