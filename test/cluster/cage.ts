/**
 * A machine of its own for one node (namespaces of mounts, cgroups, names, network, processes), on this one. Nothing
 * that runs in it outlives it, not even where this process is killed. Needs Linux, root and cgroup v1.
 */

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { Child, runToEnd } from '../support/child.ts';

const SCRIPT = join(import.meta.dirname, 'cage.sh');
const NAMESPACES = ['--mount', '--cgroup', '--net', '--uts', '--ipc', '--pid'];
const START_MS = 30_000;
const COMMAND_MS = 60_000;

/** The node's address, as other machines would see it. */
export const NODE_IP = '192.0.2.10';
/** The Service `kubernetes`. */
export const SERVICE_IP = '10.96.0.1';

export class Cage {
  readonly #child: Child;
  /** Of its first process, as seen from outside. */
  readonly #pid: number;

  private constructor(child: Child, pid: number) {
    this.#child = child;
    this.#pid = pid;
  }

  /** @param folder - this run's own. */
  static async start(folder: string): Promise<Cage> {
    const child = new Child({
      name: 'cage',
      command: 'unshare',
      args: [...NAMESPACES, '--fork', '--kill-child', '--mount-proc', 'bash', SCRIPT, folder],
    });
    await child.stdout.waitFor('line "ready"', (line) => line === 'ready', START_MS);
    const children = await readFile(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8');
    return new Cage(child, Number(children.trim()));
  }

  /** A program that runs in here until it ends. Signals do not reach it: see daemon.ts. */
  spawn(name: string, command: readonly string[]): Child {
    const args = [...this.#enter(), ...command];
    return new Child({ name, command: 'nsenter', args, keepLines: 100_000 });
  }

  /** @returns what it printed. @throws with its last words, unless it ends with 0. */
  async run(...command: readonly string[]): Promise<string> {
    const name = command.join(' ');
    const args = [...this.#enter(), ...command];
    const { code, stdout, stderr } = await runToEnd({
      name,
      command: 'nsenter',
      args,
      timeoutMs: COMMAND_MS,
    });
    if (code !== 0) throw new Error(`${name}: ${code}\n${stderr.slice(-2000)}\n${stdout.slice(-2000)}`);
    return stdout;
  }

  /** Ends everything in it. */
  async stop(): Promise<void> {
    await this.#child.stop(5000);
  }

  #enter(): readonly string[] {
    return [`--target=${this.#pid}`, ...NAMESPACES, '--'];
  }
}
