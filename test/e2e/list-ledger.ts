/**
 * Who has listed since when, over many outages. After some of them the API server no longer has the history that a
 * client's resourceVersion belongs to (410): it has written something of its own before it died, and whoever was not
 * told by a bookmark in time lists, directly or not. So lists are compared outage by outage, and with all direct
 * informers together.
 */

import assert from 'node:assert/strict';

import type { InformerPairs } from './informer-pairs.ts';
import type { Report } from './report.ts';

type Lists = Awaited<ReturnType<InformerPairs['answeredLists']>>;

export class ListLedger {
  readonly #pairs: InformerPairs;
  #last: Lists;
  #rounds = 0;
  #roundsWithLists = 0;
  #most: number;
  readonly #wrong: string[] = [];

  readonly #mayBeCut: (title: string) => boolean;

  private constructor(pairs: InformerPairs, lists: Lists, mayBeCut: (title: string) => boolean) {
    this.#pairs = pairs;
    this.#mayBeCut = mayBeCut;
    this.#last = lists;
    this.#most = Math.max(...lists.direct.values());
  }

  /** @param mayBeCut - whose proxy is restarted: a LIST that this breaks off is sent once more. */
  static async open(pairs: InformerPairs, mayBeCut: (title: string) => boolean): Promise<ListLedger> {
    return new ListLedger(pairs, await pairs.answeredLists(), mayBeCut);
  }

  /** Lists that a client would have sent that had to at each outage at which a direct informer had to. */
  get most(): number {
    return this.#most;
  }

  /**
   * When everybody is current again after an outage of the API server, or a restart of the sidecar.
   * @param killedYoung - the sidecar was killed while its clients had just come back: a watch that ends without any
   * event within its first second is a fault to client-go, which lists (VeryShortWatchError, tools/cache/reflector.go).
   */
  async endRound(killedYoung = false): Promise<void> {
    const before = this.#last;
    const now = await this.#pairs.answeredLists();
    this.#last = now;
    this.#rounds += 1;
    const allowed = Math.max(
      ...[...now.direct].map(([title, lists]) => lists - (before.direct.get(title) ?? 0)),
    );
    this.#most += allowed;
    if (allowed > 0) this.#roundsWithLists += 1;
    for (const [title, lists] of now.proxied) {
      const more = lists - (before.proxied.get(title) ?? 0);
      const again = (allowed > 0 || killedYoung) && this.#mayBeCut(title) ? 1 : 0;
      if (more > allowed + again)
        this.#wrong.push(`round ${this.#rounds}: ${title} ${more}, direct at most ${allowed}`);
    }
  }

  async judge(report: Report): Promise<void> {
    report.note(`direct informers had to list again in ${this.#roundsWithLists} of ${this.#rounds} rounds`);
    await report.check(
      'in no round a client behind a proxy has listed more often than direct ones (R5, I9)',
      () => {
        assert.ok(this.#rounds > 0);
        assert.deepEqual(this.#wrong, []);
      },
    );
  }
}
