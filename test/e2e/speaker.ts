/**
 * A real MetalLB speaker as a child process, for one Node of the run, and what its log tells of its work.
 */

import { Child } from '../support/child.ts';
import type { Usage } from '../support/child.ts';
import { parseJson, valueAt } from '../support/json-value.ts';
import { lastingPort } from '../support/lasting-port.ts';

export const SPEAKER_NAMESPACE = 'metallb-system';

const TIMEOUT_MS = 40_000;

export interface LogSummary {
  readonly lines: number;
  readonly bytes: number;
  /**
   * Lines of its NodeReconciler about being woken: a start and an end each time. A third line, "force
   * service reload", is the work that a changed availability rightly causes.
   */
  readonly nodeReconcilerLines: number;
}

export class Speaker {
  /** "direct" or "through the proxy". */
  readonly way: string;
  readonly #child: Child;

  private constructor(way: string, child: Child) {
    this.way = way;
    this.#child = child;
  }

  static async start(options: {
    readonly program: string;
    readonly kubeconfig: string;
    readonly node: string;
    readonly way: string;
  }): Promise<Speaker> {
    const { program, kubeconfig, node, way } = options;
    const child = new Child({
      name: `speaker (${way})`,
      command: program,
      args: [`--port=${await lastingPort()}`],
      env: {
        KUBECONFIG: kubeconfig,
        METALLB_BGP_TYPE: 'native',
        METALLB_NODE_NAME: node,
        METALLB_NAMESPACE: SPEAKER_NAMESPACE,
        METALLB_HOST: '127.0.0.1',
        // Without memberlist it takes no speaker for usable, itself included, and announces nothing.
        METALLB_ML_BIND_ADDR: '127.0.0.1',
        METALLB_ML_BIND_PORT: String(await lastingPort()),
        METALLB_ML_LABELS: 'app=metallb,component=speaker',
      },
      keepLines: 100_000,
    });
    return new Speaker(way, child);
  }

  /** Of a process that runs already. */
  static over(child: Child, way: string): Speaker {
    return new Speaker(way, child);
  }

  usage(): Usage {
    return this.#child.usage();
  }

  /** Waits until it has announced something and has looked at each of these Nodes once. */
  async synced(nodes: readonly string[]): Promise<void> {
    await this.announced(1);
    for (const node of nodes) {
      const reconciled = (line: string) =>
        isNodeReconciler(line) && line.includes(node) && line.includes('end reconcile');
      await this.#child.stdout.waitFor(`end of reconciling ${node}`, reconciled, TIMEOUT_MS);
    }
  }

  /** Waits until it has announced a Service, after withdrawing it `withdrawals` times. */
  async withdrawnAndAnnounced(withdrawals: number): Promise<void> {
    let seen = 0;
    const matches = (line: string) => {
      if (line.includes('"serviceWithdrawn"')) seen += 1;
      return seen >= withdrawals && line.includes('"serviceAnnounced"');
    };
    await this.#child.stdout.waitFor(`announcement after withdrawal ${withdrawals}`, matches, TIMEOUT_MS);
  }

  /** How often it has withdrawn a Service so far. */
  get withdrawals(): number {
    return this.#child.stdout.lines.filter((line) => line.includes('"serviceWithdrawn"')).length;
  }

  /** Waits until it has withdrawn Services this often. */
  async withdrawn(times: number, timeoutMs = TIMEOUT_MS): Promise<void> {
    let seen = 0;
    const matches = (line: string) => line.includes('"serviceWithdrawn"') && ++seen >= times;
    await this.#child.stdout.waitFor(`withdrawal ${times}`, matches, timeoutMs);
  }

  /** Waits for the announcement of a Service. */
  async announced(times: number): Promise<void> {
    let seen = 0;
    const matches = (line: string) => line.includes('"serviceAnnounced"') && ++seen >= times;
    await this.#child.stdout.waitFor('announcement of a Service', matches, TIMEOUT_MS);
  }

  summary(): LogSummary {
    const { lines } = this.#child.stdout;
    return {
      lines: lines.length,
      bytes: lines.reduce((sum, line) => sum + line.length + 1, 0),
      nodeReconcilerLines: lines.filter(isNodeReconciler).length,
    };
  }

  /** What it did with Services and pools, in order; repetitions of the same step count once. */
  otherWork(): readonly string[] {
    const steps: string[] = [];
    for (const line of this.#child.stdout.lines) {
      if (!line.startsWith('{')) continue;
      const entry = parseJson(line);
      const event = valueAt(entry, 'event');
      if (typeof event !== 'string' || !event.startsWith('service')) continue;
      const step = ['event', 'service', 'ips', 'pool', 'protocol', 'reason']
        .map((field) => valueAt(entry, field))
        .filter((value) => value !== undefined)
        .map((value) => JSON.stringify(value))
        .join(' ');
      if (steps.at(-1) !== step) steps.push(step);
    }
    return steps;
  }

  async stop(): Promise<void> {
    await this.#child.stop(3000);
  }
}

function isNodeReconciler(line: string): boolean {
  return line.includes('"NodeReconciler"') && /"(start|end) reconcile"/.test(line);
}
