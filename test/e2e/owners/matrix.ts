/**
 * Each way to put the sidecar on, and each who may apply MetalLB later from manifests without it. A cell is judged by a
 * second run of the same steps in which there never was a sidecar: what is left in the end has to be the same.
 */

import assert from 'node:assert/strict';

import type { Report } from '../report.ts';
import type { Owner } from './later.ts';
import { ownersOf } from './later.ts';
import { DAEMON_SET, NAMESPACE, sidecarIn, stateOf } from './speaker.ts';
import type { Seen } from './speaker.ts';
import type { Helm, Tools } from './tools.ts';
import type { Way } from './ways.ts';

export interface Cell {
  readonly way: string;
  readonly owner: string;
  /** What was left of the sidecar when the owner had come; `refused` where the way could not be gone at all. */
  readonly seen: Seen | 'refused';
  /** Whether the owner was refused at first, and would have been without the sidecar too. */
  readonly isForced: boolean;
  /** Fields over which the owner was refused, and would not have been without the sidecar. */
  readonly conflicts: readonly string[];
}

/** What came of one run. */
interface Outcome {
  readonly seen: Seen | 'refused';
  readonly conflicts: readonly string[];
  readonly state: unknown;
}

const LIMIT_MS = 300_000;

export class Matrix {
  readonly #tools: Tools;
  readonly #report: Report;
  /** By group and owner: without a sidecar. */
  readonly #without = new Map<string, Outcome>();
  readonly cells: Cell[] = [];

  constructor(tools: Tools) {
    this.#tools = tools;
    this.#report = tools.rig.report;
  }

  async prove(way: Way): Promise<void> {
    for (const owner of ownersOf(this.#tools, way.helms, way.isHelms)) {
      await this.#report.check(
        `${way.title}, then ${nameOf(owner)}: it comes off as if it had never been there (R34)`,
        async () => {
          const without = await this.#runWithout(way, owner);
          const { seen, conflicts, state } = await this.#run(way, owner, true);
          assert.deepEqual(state, without.state);
          assert.equal(without.seen, 'none');
          const added = conflicts.filter((field) => !without.conflicts.includes(field));
          const isForced = conflicts.length > added.length;
          this.#add({ way: way.title, owner: owner.title, seen, isForced, conflicts: added });
        },
        LIMIT_MS,
      );
    }
  }

  /** What docs/gitops.md says of the post-renderer beside the table. */
  async proveRollback(helm: Helm): Promise<void> {
    const { cluster } = this.#tools.rig;
    await this.#report.check(
      `${helm.title}: a rollback to a revision of the post-renderer brings the sidecar back`,
      async () => {
        try {
          await helm.upgrade(0, helm.postRenderer);
          await helm.upgrade(0);
          assert.equal(await sidecarIn(cluster), 'none');
          await helm.rollback(1);
          assert.equal(await sidecarIn(cluster), 'whole');
        } finally {
          await this.#clean();
        }
      },
    );
  }

  /** Both Helms have one column: what they do must be the same. */
  #add(cell: Cell): void {
    const known = this.cells.find(({ way, owner }) => way === cell.way && owner === cell.owner);
    if (known === undefined) this.cells.push(cell);
    else assert.deepEqual({ ...cell, isForced: known.isForced }, known);
  }

  async #runWithout(way: Way, owner: Owner): Promise<Outcome> {
    const key = `${way.group}, ${nameOf(owner)}`;
    const known = this.#without.get(key) ?? (await this.#run(way, owner, false));
    this.#without.set(key, known);
    return known;
  }

  async #run(way: Way, owner: Owner, isReal: boolean): Promise<Outcome> {
    const { cluster } = this.#tools.rig;
    try {
      await way.install(owner);
      const refusal = await refusalOf(() => way.on(isReal));
      if (refusal !== undefined) {
        assert.match(refusal, /^watchsieve: .* take the files of \.\.\/patch$/m);
        assert.equal(await way.look(), 'none');
      } else assert.equal(await way.look(), isReal ? 'whole' : 'none');
      const conflict = await refusalOf(owner.later);
      if (conflict !== undefined) {
        assert.match(conflict, /conflict/);
        await owner.forced();
      }
      const seen = refusal === undefined ? await way.look() : 'refused';
      if (refusal === undefined) {
        await way.off(isReal);
        assert.equal(await way.look(), 'none');
      }
      return { seen, conflicts: fieldsIn(conflict ?? ''), state: await stateOf(cluster) };
    } finally {
      await this.#clean();
    }
  }

  async #clean(): Promise<void> {
    const { helm3, helm4, kubectl } = this.#tools;
    // Either reads the releases of both.
    await helm4.uninstall().catch(() => helm3.uninstall());
    await kubectl('delete', 'daemonset', DAEMON_SET, `--namespace=${NAMESPACE}`, '--ignore-not-found');
  }
}

function nameOf({ title, helm }: Owner): string {
  return helm === undefined ? title : `${title} of ${helm}`;
}

async function refusalOf(act: () => Promise<unknown>): Promise<string | undefined> {
  try {
    await act();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** Those that kubectl and Helm name, as `.spec.template.spec.volumes`. */
function fieldsIn(message: string): readonly string[] {
  return [
    ...new Set([...message.matchAll(/\.(?:spec|metadata)[.\w[\]="/-]*/g)].map(([field]) => field)),
  ].sort();
}
