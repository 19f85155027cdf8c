/** Deliberate breaks of what stands between a hub's memory and its callers: rights, freshness, ends, and what is asked upstream. */
import { type Break, WHOLE_HUBS } from './break.ts';

const FEED = 'serve/share/shared-feed.test.ts';

/** @returns makes breaks of one file of that folder */
function breaksOf(
  name: string,
): (what: string, harm: string, edit: readonly [from: string, to: string], caughtBy?: string) => Break {
  return (what, harm, [from, to], caughtBy = WHOLE_HUBS) => ({
    ...{ what, harm, caughtBy },
    edits: [{ file: `serve/share/${name}.ts`, from, to }],
  });
}

const answer = breaksOf('hub-answer');
const feed = breaksOf('shared-feed');
const following = breaksOf('following');
const lists = breaksOf('list-bodies');

export const BREAKS_OF_SHARE: readonly Break[] = [
  answer('memory answers everyone who is not refused', 'anyone may read while the API server is away (I10)', [
    "const feed = grant === 'allowed' ? feedOf() : undefined;\n    if (grant !== 'allowed') this.#decline('grant');",
    "const feed = grant !== 'refused' ? feedOf() : undefined;\n    if (grant === 'refused') this.#decline('grant');",
  ]),
  answer('a running watch is not reviewed', 'revoked rights last as long as the watch (I10)', [
    'stopAsking = grants.keepAsking(asked.attributes, headers, (why) => watch.end(why));',
    'stopAsking = () => void grants;',
  ]),
  answer('a state may be older than the named one', 'a client goes back in time (I11)', [
    "this.#answer(feed, freshness.kind === 'any' ? undefined : freshness.resourceVersion);",
    'this.#answer(feed, undefined);',
  ]),
  lists('a recent LIST answers any request', 'a client goes back in time (I11)', [
    'if (known !== undefined && isFresh && !isOld) return this.#give(known, caller);',
    'if (known !== undefined && isFresh) return this.#give(known, caller);',
  ]),
  lists(
    'one caller may be sent all LISTs that are allowed at once',
    'a slow reader blocks others (I13)',
    ['if (!hasRoom || this.#sentTo(caller) >= MAX_BODIES_OF_ONE)', 'if (!hasRoom)'],
    FEED,
  ),
  lists(
    'a caller with two LISTs gets a LIST of others',
    'a slow reader blocks others (I13)',
    [
      'if (!body.callers.has(caller) && this.#sentTo(caller) >= MAX_BODIES_OF_ONE) return',
      'if (MAX_BODIES_OF_ONE < 1) return',
    ],
    FEED,
  ),
  answer('a request for the newest state gets the current one', 'the caller misses its own write (I12)', [
    'else this.#answer(feed, newest);',
    'else this.#answer(feed, undefined);',
  ]),
  breaksOf('memory-watch')(
    'a client that reads nothing is not checked',
    'it keeps dropped entries in memory and is never ended (I13)',
    ['    else this.#take(0);\n', ''],
    FEED,
  ),
  breaksOf('delivery')(
    'a client that reads nothing is waited for',
    'it keeps its place forever (I13)',
    [
      'this.#stopTimer = startTimer(slowClientMs, onSlow);',
      'this.#stopTimer = () => void [startTimer, slowClientMs, onSlow];',
    ],
    FEED,
  ),
  breaksOf('readers')(
    'news that arrive while readers are being told reach nobody',
    'the first of many readers wait until something else happens (I13)',
    ['      this.#isAgain = true;\n', ''],
    FEED,
  ),
  feed('an epoch that differs from upstream continues', 'clients hold objects of a lost history (I14)', [
    "if (result === 'differs' && this.#feed.epoch === epoch) this.#end('differs');",
    '',
  ]),
  feed(
    'nothing is compared after a reconnection',
    'a restored etcd that has overtaken the feed goes unnoticed (I14)',
    ['    this.#compare(this.#feed.epoch);\n', ''],
  ),
  feed(
    'a comparison without result is repeated only at the usual time',
    'by then the difference may have been overwritten, while clients still hold it (I14)',
    ['this.#nextComparisonMs = this.#repeatMs;', 'this.#nextComparisonMs = COMPARE_MS;'],
    FEED,
  ),
  feed('a history that ends before the last event is believed', 'a restored etcd goes unnoticed (I14)', [
    "if (isOther && this.#feed.epoch === epoch) this.#end('history');",
    '',
  ]),
  feed(
    'a feed that resumes before its list compares only what was read',
    'a restored etcd between that and the list goes unnoticed (I14)',
    ['const before = epoch?.storeAt;', 'const before = epoch?.readAt;'],
    FEED,
  ),
  feed(
    'readers of an ended epoch are not told',
    'they receive nothing more and take that for silence (I14)',
    [
      '    this.#options.events.onEpochOver(why);\n    this.readers.wake();\n',
      '    this.#options.events.onEpochOver(why);\n',
    ],
    FEED,
  ),
  feed(
    'a LIST outlives its epoch',
    'clients receive objects of a lost history (I14)',
    ['    this.lists.clear();\n    this.#reaching', '    this.#reaching'],
    FEED,
  ),
  feed(
    'a feed without upstream answers as before',
    'clients stay where no news can come (I14)',
    ['return this.#isLost ? undefined : this.#feed.epoch;', 'return this.#feed.epoch;'],
    FEED,
  ),
  following('a 410 is ignored', 'the feed asks for the same events forever (I14)', [
    '    if (head.statusCode === 410) {\n      this.expired();\n      return;\n    }\n',
    '',
  ]),
  following(
    'a 410 keeps the long rests after failures',
    'after an outage a hub answers nobody for half a minute more (I15)',
    ['if (!this.#isListed) this.#failures = 0;', ''],
    FEED,
  ),
  following(
    'a feed that cannot reach back rests before it continues from its list',
    'after an outage a hub answers nobody for half a minute more (I15)',
    ['else this.#watch(followed.at);', "else this.#failed('watch_failed');"],
    FEED,
  ),
  following(
    'a silent connection is trusted',
    'a hanging feed looks like a quiet one (I14)',
    [
      "if (this.#at === 'watching' && this.#options.now() - this.#heardAt >= SILENT_MS) this.#failed('silent');",
      '',
    ],
    FEED,
  ),
  feed('a feed begins at its list', 'after a restart each client has to list again (I15)', [
    'this.#begin(listing, isEarlier ? reach : undefined);',
    'this.#begin(listing, isEarlier ? undefined : undefined);',
  ]),
  following('a failed feed tries again at once', 'a returning API server is overloaded by hubs (I15)', [
    'this.#stopTimer = startTimer(restMs * (1 - chance() / 2), () => this.#next());',
    'this.#stopTimer = startTimer(0 * restMs * chance(), () => this.#next());',
  ]),
  answer('a decision has unlimited time', 'a hub that cannot answer blocks its clients (I15)', [
    "this.#stopTimer = options.startTimer(options.waitMs, () => this.#decline('late'));",
    'this.#stopTimer = () => undefined;',
  ]),
  breaksOf('share')(
    "the hub forwards a sidecar's request to the API server",
    'the sidecar waits for both, and the API server is asked twice (I15)',
    [
      'return wanted === undefined ? direct() : sendWhole(handler, misdirected(why));',
      'return wanted === undefined ? direct() : (void sendWhole, void misdirected, direct());',
    ],
  ),
];
