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
  answer('memory answers whoever is not refused', 'while the API server is away anybody may read (I10)', [
    "const feed = grant === 'allowed' ? feedOf() : undefined;\n    if (grant !== 'allowed') this.#decline('grant');",
    "const feed = grant !== 'refused' ? feedOf() : undefined;\n    if (grant === 'refused') this.#decline('grant');",
  ]),
  answer(
    'nobody asks about a watch that has begun',
    'rights that are taken away go on for as long as the watch (I10)',
    [
      'stopAsking = grants.keepAsking(asked.attributes, headers, (why) => watch.end(why));',
      'stopAsking = () => void grants;',
    ],
  ),
  answer('a state may be older than the one that is named', 'a client goes back in time (I11)', [
    "this.#answer(feed, freshness.kind === 'any' ? undefined : freshness.resourceVersion);",
    'this.#answer(feed, undefined);',
  ]),
  lists('a LIST of a moment ago serves whatever is asked for', 'a client goes back in time (I11)', [
    'if (known !== undefined && isFresh && !isOld) return this.#give(known, caller);',
    'if (known !== undefined && isFresh) return this.#give(known, caller);',
  ]),
  lists(
    'one caller may be sent as many LISTs as there may be',
    'a slow reader is not alone (I13)',
    ['if (!hasRoom || this.#sentTo(caller) >= MAX_BODIES_OF_ONE)', 'if (!hasRoom)'],
    FEED,
  ),
  lists(
    'a LIST of others is given to a caller that is sent two',
    'a slow reader is not alone (I13)',
    [
      'if (!body.callers.has(caller) && this.#sentTo(caller) >= MAX_BODIES_OF_ONE) return',
      'if (MAX_BODIES_OF_ONE < 1) return',
    ],
    FEED,
  ),
  answer('who asks for the newest gets what there is', 'a write that its author knows of is missing (I12)', [
    'else this.#answer(feed, newest);',
    'else this.#answer(feed, undefined);',
  ]),
  breaksOf('memory-watch')(
    'a client that reads nothing is not looked at',
    'it keeps what fell out of the journal, and is never ended for it (I13)',
    ['    else this.#take(0);\n', ''],
    FEED,
  ),
  breaksOf('delivery')(
    'a client that reads nothing is waited for',
    'it keeps its place for ever (I13)',
    [
      'this.#stopTimer = startTimer(slowClientMs, onSlow);',
      'this.#stopTimer = () => void [startTimer, slowClientMs, onSlow];',
    ],
    FEED,
  ),
  breaksOf('readers')(
    'news that come while readers are being told are told to nobody',
    'the first of many readers wait until something else happens (I13)',
    ['      this.#isAgain = true;\n', ''],
    FEED,
  ),
  feed('an epoch that differs from upstream goes on', 'ghosts of a history that never was (I14)', [
    "if (result === 'differs' && this.#feed.epoch === epoch) this.#end('differs');",
    '',
  ]),
  feed(
    'nothing is compared after a reconnection',
    'a restored etcd that has overtaken the feed goes unnoticed (I14)',
    ['    this.#compare(this.#feed.epoch);\n', ''],
  ),
  feed(
    'a comparison that tells nothing is repeated at the usual time',
    'by then what differed may have been overwritten, while clients hold it still (I14)',
    ['this.#nextComparisonMs = this.#repeatMs;', 'this.#nextComparisonMs = COMPARE_MS;'],
    FEED,
  ),
  feed('a history that ends before what was read is believed', 'a restored etcd goes unnoticed (I14)', [
    "if (isOther && this.#feed.epoch === epoch) this.#end('history');",
    '',
  ]),
  feed(
    'of a feed that reaches back only what was read counts',
    'a restored etcd that lies between that and the list goes unnoticed (I14)',
    ['const before = epoch?.storeAt;', 'const before = epoch?.readAt;'],
    FEED,
  ),
  feed(
    'readers of an epoch that is over are not told',
    'they hear nothing more, and believe that nothing happens (I14)',
    [
      '    this.#options.events.onEpochOver(why);\n    this.readers.wake();\n',
      '    this.#options.events.onEpochOver(why);\n',
    ],
    FEED,
  ),
  feed(
    'a LIST outlives its epoch',
    'what never was is given to whoever lists (I14)',
    ['    this.lists.clear();\n    this.#reaching', '    this.#reaching'],
    FEED,
  ),
  feed(
    'a feed that has lost upstream answers as before',
    'clients stay where nothing new can come (I14)',
    ['return this.#isLost ? undefined : this.#feed.epoch;', 'return this.#feed.epoch;'],
    FEED,
  ),
  following(
    'that upstream no longer has what comes next is passed over',
    'the feed asks for it for ever (I14)',
    ['    if (head.statusCode === 410) {\n      this.expired();\n      return;\n    }\n', ''],
  ),
  following(
    'a 410 leaves the rests as long as failures have made them',
    'after an outage a hub answers nobody for half a minute more (I15)',
    ['if (!this.#isListed) this.#failures = 0;', ''],
    FEED,
  ),
  following(
    'a feed that does not reach back rests before it goes on from its list',
    'after an outage a hub answers nobody for half a minute more (I15)',
    ['else this.#watch(followed.at);', "else this.#failed('watch_failed');"],
    FEED,
  ),
  following(
    'a connection on which nothing comes is relied upon',
    'a feed that hangs looks like a quiet one (I14)',
    [
      "if (this.#at === 'watching' && this.#options.now() - this.#heardAt >= SILENT_MS) this.#failed('silent');",
      '',
    ],
    FEED,
  ),
  feed('a feed that begins does not reach back', 'after a restart each client has to list anew (I15)', [
    'this.#begin(listing, isEarlier ? reach : undefined);',
    'this.#begin(listing, isEarlier ? undefined : undefined);',
  ]),
  following('a feed that fails tries again at once', 'an API server that returns is run over by hubs (I15)', [
    'this.#stopTimer = startTimer(restMs * (1 - chance() / 2), () => this.#next());',
    'this.#stopTimer = startTimer(0 * restMs * chance(), () => this.#next());',
  ]),
  answer(
    'a decision is waited for as long as it takes',
    'a hub that cannot answer holds its clients up (I15)',
    [
      "this.#stopTimer = options.startTimer(options.waitMs, () => this.#decline('late'));",
      'this.#stopTimer = () => undefined;',
    ],
  ),
  breaksOf('share')(
    'a sidecar is passed on to the API server by the hub',
    'it waits for two, and the API server is asked twice (I15)',
    [
      'return wanted === undefined ? direct() : sendWhole(handler, misdirected(why));',
      'return wanted === undefined ? direct() : (void sendWhole, void misdirected, direct());',
    ],
  ),
];
