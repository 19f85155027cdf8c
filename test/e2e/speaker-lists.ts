/**
 * How often speakers have listed Nodes: they cannot be asked, so the API server's audit log tells.
 */

import assert from 'node:assert/strict';

import type { NodeRequest } from './control-plane.ts';
import type { Rig } from './scenarios/scenario.ts';

export class SpeakerLists {
  readonly #rig: Rig;
  /** Lists that are of speakers before this one. */
  readonly #earlier: number;

  private constructor(rig: Rig, earlier: number) {
    this.#rig = rig;
    this.#earlier = earlier;
  }

  /** Counts from now on: to be called before the speaker starts. */
  static async start(rig: Rig): Promise<SpeakerLists> {
    return new SpeakerLists(rig, (await listsOf(rig)).length);
  }

  /** @param allowed - lists of direct informers, which list and watch as the speaker does. */
  async judge(allowed: number, when: string): Promise<void> {
    const { report } = this.#rig;
    const lists = (await listsOf(this.#rig)).slice(this.#earlier);
    report.note(`speaker: ${lists.length} lists of Nodes, direct informers ${allowed}`);
    await report.check(`the speaker has listed no more often than direct informers ${when} (R5)`, () => {
      assert.ok(lists.length > 0, 'its lists are not in the audit log');
      assert.ok(lists.length <= allowed, JSON.stringify(lists));
    });
  }
}

/** Of every speaker there was in this cluster, as the API server saw it. */
async function listsOf({ cluster }: Rig): Promise<readonly NodeRequest[]> {
  const requests = await cluster.nodeRequests();
  return requests.filter(({ client, verb }) => client.startsWith('speaker/') && verb === 'list');
}
