/** A program that goes on running in the cage, and can be told to end and started again. */

import { setTimeout as delay } from 'node:timers/promises';

import type { Child } from '../support/child.ts';
import type { Cage } from './cage.ts';

const GRACE_MS = 20_000;

export class Daemon {
  readonly #cage: Cage;
  readonly #name: string;
  readonly #command: readonly string[];
  #child: Child | undefined;

  constructor(cage: Cage, name: string, command: readonly string[]) {
    this.#cage = cage;
    this.#name = name;
    this.#command = command;
  }

  /** @throws where it does not run. */
  get child(): Child {
    if (this.#child === undefined) throw new Error(`${this.#name} was not started`);
    return this.#child;
  }

  start(): Child {
    const pidFile = `/run/${this.#name}.pid`;
    const shell = ['bash', '-c', `echo $$ >${pidFile}; exec "$@"`, this.#name];
    this.#child = this.#cage.spawn(this.#name, [...shell, ...this.#command]);
    return this.#child;
  }

  /** Tells it to end, and kills it when it has not after 20 s. Resolves when it is gone. */
  async stop(signal: 'TERM' | 'KILL' = 'TERM'): Promise<void> {
    const { exited } = this.child;
    const tell = (name: string) =>
      this.#cage.run('bash', '-c', `kill -${name} $(cat /run/${this.#name}.pid) || true`);
    await tell(signal);
    const timeout = new AbortController();
    const late = delay(GRACE_MS, 'late' as const, { signal: timeout.signal }).catch(() => undefined);
    if ((await Promise.race([exited, late])) === 'late') await tell('KILL');
    timeout.abort();
    await exited;
  }
}
