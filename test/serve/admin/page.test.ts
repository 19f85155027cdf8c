/** The status page as text: what it says, that it says no more than it may, and what it costs (R26, R29). */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { describe, test } from 'node:test';
import { Script } from 'node:vm';
import { scaleTop } from '../../../src/serve/admin/page/chart.ts';
import { bytes, count, pace, share, span } from '../../../src/platform/text/figures.ts';
import { settingValue } from '../../../src/serve/admin/page/setting-value.ts';
import { foreign, markup } from '../../../src/platform/text/html.ts';
import { renderPage } from '../../../src/serve/admin/page/page.ts';
import { PAGE_HEADERS } from '../../../src/serve/admin/page/shell.ts';
import { type Selected, DIRECT_REASONS } from '../../../src/serve/hub-first/selection.ts';
import { READER_ENDS } from '../../../src/serve/share/readers.ts';
import { SHARE_RESULTS } from '../../../src/serve/share/share.ts';
import { OF_NO_NOTE } from '../../../src/serve/share/share-story.ts';
import type { Status } from '../../../src/serve/admin/status.ts';
import { sampleAskedHubs, sampleHub, sampleStatus, sampleStream } from '../../support/sample-status.ts';

const NBSP = '\u00a0';

/** The page's words, without tags. */
function wordsOf(page: string): string {
  return page
    .replace(/<(style|script)>[\s\S]*?<\/\1>/g, '')
    .replace(/<[^>]*>/g, ' ')
    .replaceAll(NBSP, ' ')
    .replace(/\s+/g, ' ');
}

const rendered = (over: Partial<Status> = {}): string => wordsOf(renderPage(sampleStatus(over)));
const inside = (page: string, tag: string): string =>
  new RegExp(`<${tag}>([\\s\\S]*)</${tag}>`).exec(page)?.[1] ?? assert.fail(`no ${tag}`);
const sha256 = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

describe('the status page says, without a script (R29)', () => {
  test('what was saved, the pace, streams, reasons, objects, changes, health and settings', () => {
    const words = rendered();
    for (const part of [
      'ready mode filter preset metallb up 2 h 2 min https://10.0.0.1:443',
      '99.0 % of 2,000 events from upstream were swallowed since the start',
      'Wake-ups spared 1,975',
      'Not sent on 37.6 MB of 38.0 MB received',
      'Received 50.0 /s Swallowed 49.5 /s Forwarded 0.5 /s',
      'speaker/v0.14.5 (linux/amd64) kubernetes/$Format, 127.0.0.1:40000 nodes protobuf 2 min 5 s 1,000 19.0 MB 10 190.0 kB 990 99.0 % 4 s 0 B',
      'changed a part that the preset compares has changed 12',
      'added a new object 8',
      'As watch #1 saw them, of 500 nodes',
      'worker-1 6.0 1.0',
      '5 s ago worker-1 metadata.labels[&quot;rack&quot;] changed and 3 more #1',
      'upstream ok',
      'All 2 settings, 1 of them not by default',
      '--drain-timeout 5 s --drain-timeout',
      'As of 2026-01-02T03:04:05Z. Look again',
    ])
      assert.ok(words.includes(part), part);
    assert.ok(!words.includes('Would be swallowed 0'), 'nothing is observed');
  });

  test('that there is nothing yet, where there is nothing', () => {
    const none = { received: 0, forwarded: 0, swallowed: 0, wouldSwallow: 0 };
    const words = rendered({
      ...{ events: none, bytes: none, rates: none, verdicts: [], history: [], streams: [] },
      ...{ noisiest: null, changes: [], wakeUpsSpared: 0, uptimeSeconds: 0 },
    });
    for (const part of [
      'Waiting No event has arrived from upstream yet.',
      'No client has a watch that is sieved through this sidecar now.',
      'Nothing was forwarded yet.',
      'Nothing was written to any object',
      'No object has been added, deleted or changed',
    ])
      assert.ok(words.includes(part), part);
    assert.match(renderPage(sampleStatus({ history: [] })), /aria-label="[^"]*nothing was measured yet/);
  });

  test('what observing would have swallowed, apart from what it forwarded (R21)', () => {
    const counts = { received: 100, forwarded: 4, swallowed: 0, wouldSwallow: 96 };
    const history = [2, 0].map((secondsAgo) => ({ secondsAgo, ...counts }));
    const over = { mode: 'observe', events: counts, rates: counts, history };
    const words = rendered(over);
    assert.match(words, /96\.0 % of 100 events from upstream would have been swallowed/);
    assert.match(words, /Would be swallowed 96\.0 \/s/);
    assert.match(renderPage(sampleStatus(over)), /class="area would"/);
    assert.match(renderPage(sampleStatus(over)), /class="pill warn">ready, observing: nothing is left out</);
  });

  test('what is wrong: a check that fails, a stream that is passed on unread or mistrusted', () => {
    const words = rendered({
      state: 'starting',
      checks: [{ name: 'upstream', ok: false, note: 'connection refused' }],
      streams: [sampleStream(1, { verbatim: true }), sampleStream(2, { mismatch: true })],
      moreStreams: 7,
    });
    assert.match(words, /starting: upstream/);
    assert.match(words, /upstream failed connection refused/);
    assert.match(words, /passed on unread/);
    assert.match(words, /mistrusted: forwards everything/);
    assert.match(words, /And 7 more\./);
  });

  test('a selection, one object, a client without a name, a deletion, and paths that are not known any more', () => {
    const change = sampleStatus().changes[0] ?? assert.fail();
    const words = rendered({
      streams: [
        sampleStream(1, { object: 'worker-9', client: '' }),
        sampleStream(2, { labelSelector: 'a=b', fieldSelector: 'metadata.name=x' }),
      ],
      changes: [
        { ...change, type: 'DELETED', paths: null },
        { ...change, paths: null },
        { ...change, type: 'ADDED', paths: null, streams: [1, 2] },
      ],
    });
    assert.match(words, /without a name 127\.0\.0\.1:40000 nodes\/worker-9/);
    assert.match(words, /nodes where a=b where metadata\.name=x/);
    assert.match(words, /worker-1 deleted #1/);
    assert.match(words, /changed; the changed parts are no longer known/);
    assert.match(words, /worker-1 added #1 #2/);
  });
});

describe('the hub on the page (R29)', () => {
  test('a hub says what its feeds hold and how far they reach back, who reads, and who fell out and why', () => {
    const words = rendered({ hub: sampleHub() });
    for (const part of [
      'Shared from memory One watch of the API server for all readers',
      'Readers 1,234 Answered from memory 3,900, 97.5 % of what is shared Grants kept 1,300 Fell out, too slow 3',
      'nodes metallb, protobuf watching heard 1 s ago 5,000 82.0 MB 15 min to 812345 , 1.4 MB 2 for 2 h 1 min 1,234',
      'nodes labels, json resting heard 42 s ago nothing yet 0 0',
      '1 min 15 s ago speaker/v0.14.5 (linux/amd64) kubernetes/$Format nodes fallen fell out of the journal: too slow',
      '1 h 6 min ago without a name nodes refused may not watch any more',
      'Reason Requests watch a watch from memory 2,600 list a LIST from memory 1,300',
    ])
      assert.ok(words.includes(part), part);
  });

  test('a hub that nobody has asked yet is not taken for a sidecar that waits for upstream', () => {
    const none = { received: 0, forwarded: 0, swallowed: 0, wouldSwallow: 0 };
    const hub = sampleHub({ feeds: [], requests: {}, readersEnded: {}, lastEnded: [] });
    const words = rendered({ hub, events: none, streams: [] });
    for (const part of [
      'No feed: no client has asked for anything within the last minutes.',
      'Readers 0 Answered from memory 0, – of what is shared',
      'None against the will of its client.',
      'No event has passed through this hub except those it shares.',
      'No client has a watch that passes through this hub now',
    ])
      assert.ok(words.includes(part), part);
    assert.ok(!words.includes('What became of requests'));
  });

  test('a sidecar says whether its hub is used, and why not', () => {
    const said = (last: Selected | undefined, shared = 9): string =>
      rendered({ askedHubs: sampleAskedHubs({ last, requests: { shared, resting: 2 } }) });
    const used = said('shared');
    for (const part of [
      'Hub used A hub answers the requests that can be sent to it. Hubs https://10.96.0.20:443, https://10.96.0.21:443',
      'Watches that a hub answers 3 Requests it answered 9',
      'Who answered, and why not the hub Reason Requests shared a hub answered 9 resting it failed a moment ago 2',
    ])
      assert.ok(used.includes(part), part);
    assert.match(said(undefined), /Hub not used yet No LIST or watch has come/);
    assert.match(said('tls'), /Hub tls Last heard of a hub: its certificate is not trusted\./);
    const pill = (last: Selected, shared: number): string | undefined =>
      /id="hub"[^]*?class="pill (\w+)"/.exec(
        renderPage(sampleStatus({ askedHubs: sampleAskedHubs({ last, requests: { shared } }) })),
      )?.[1];
    assert.deepEqual(
      [pill('shared', 1), pill('history', 0), pill('declined', 1), pill('declined', 0), pill('broken', 9)],
      ['good', 'good', 'good', 'warn', 'warn'],
    );
  });

  test('every word that hub or sidecar can say has a meaning', () => {
    const results = Object.fromEntries(SHARE_RESULTS.map((result) => [result, 1]));
    const ended = READER_ENDS.filter((cause) => !OF_NO_NOTE.includes(cause));
    const lastEnded = ended.map((cause) => ({ client: 'c', resource: 'nodes', cause, secondsAgo: 1 }));
    const ofHub = renderPage(sampleStatus({ hub: sampleHub({ requests: results, lastEnded }) }));
    const reasons = ['shared', ...DIRECT_REASONS];
    const requests = Object.fromEntries(reasons.map((reason) => [reason, 1]));
    const ofSidecar = renderPage(sampleStatus({ askedHubs: sampleAskedHubs({ requests }) }));
    for (const [page, words] of [
      [ofHub, [...SHARE_RESULTS, ...ended]],
      [ofSidecar, reasons],
    ] as const)
      for (const word of words)
        assert.match(page, new RegExp(`<code>${word}</code><span class="sub">[^<]+<`), word);
  });

  test('there is none where there is no hub', () => {
    assert.ok(!renderPage(sampleStatus()).includes('id="hub"'));
  });
});

describe('text of others in the page (R26)', () => {
  const EVIL = `<script>alert(1)</script>"'><img src=x onerror=alert(1)>&amp;`;

  /** As a word of a closed set, which none is meant to be. */
  const word = EVIL as never;
  const feed = { resource: EVIL, preset: EVIL, encoding: word, state: word, reachesBackTo: EVIL };
  const ended = { client: EVIL, resource: EVIL, cause: word, secondsAgo: 1 };
  const feeds = [{ ...feed, objects: 1, epoch: 1, heardSecondsAgo: 1, readers: 1 }];
  const said = { [EVIL]: 1 };
  const OF_HUBS: Readonly<Record<string, Partial<Status>>> = {
    'no hub': {},
    'a hub': {
      hub: { shared: [], feeds, grants: 1, requests: said, readersEnded: said, lastEnded: [ended] },
    },
    'a hub that is asked': { askedHubs: { hubs: [EVIL], watches: 1, requests: said, last: word } },
  };

  for (const [what, ofHub] of Object.entries(OF_HUBS))
    test(`is never markup, wherever it stands: ${what}`, () => {
      const page = renderPage(
        sampleStatus({
          ...{ version: EVIL, preset: EVIL, sieved: [EVIL, EVIL], upstream: EVIL, mode: EVIL, state: EVIL },
          checks: [{ name: EVIL, ok: false, note: EVIL }],
          verdicts: [{ type: EVIL, verdict: 'forwarded', reason: EVIL, events: 1 }],
          streams: [
            sampleStream(1, {
              ...{ client: EVIL, address: EVIL, object: EVIL, encoding: EVIL },
              ...{ resource: EVIL, namespace: EVIL, labelSelector: EVIL, fieldSelector: EVIL },
            }),
          ],
          noisiest: {
            stream: 1,
            resource: EVIL,
            of: 1,
            objects: [
              { object: EVIL, unchanged: 1, unchangedPerMinute: 1, forwarded: 0, forwardedPerMinute: 0 },
            ],
          },
          changes: [
            {
              ...{
                at: EVIL,
                ageSeconds: 1,
                resource: EVIL,
                object: EVIL,
                type: 'MODIFIED',
                resourceVersion: EVIL,
              },
              ...{ paths: [{ path: EVIL, change: EVIL }], morePaths: 0, streams: [1] },
            },
          ],
          settings: [{ setting: EVIL, flag: EVIL, value: EVIL, source: EVIL }],
          ...ofHub,
        }),
      );
      assert.ok(!page.includes('<img'));
      assert.equal(page.match(/<script>/g)?.length, 1, 'its own');
      assert.ok(
        !/[a-z]="[^"]*(?:<|"'>)/.test(page.replace(/<style>[\s\S]*<\/style>/, '')),
        'no attribute is left',
      );
      assert.ok(page.includes(`/explain?object=${encodeURIComponent(EVIL).replaceAll("'", '&#39;')}`));
    });

  test('is escaped in every way it could end a text or an attribute; what is made here is not', () => {
    assert.equal(
      markup`<b title="${`"'<&>`}">${1}${[markup`<i>`, 'x', false]}${undefined}</b>`.text,
      '<b title="&quot;&#39;&lt;&amp;&gt;">1<i>x</b>',
    );
  });

  test('cannot turn or break the text around it, and is cut where it is very long', () => {
    assert.equal(foreign('a\u202eb\u0000c\nd').text, '<bdi>a\ufffdb\ufffdc\ufffdd</bdi>');
    assert.equal(foreign('x'.repeat(100_000)).text, `<bdi>${'x'.repeat(400)}…</bdi>`);
  });
});

describe('the policy of the page (R29)', () => {
  const page = renderPage(sampleStatus());
  const policy = PAGE_HEADERS['content-security-policy'] ?? '';

  test('allows its own style and script by their hashes, and nothing else', () => {
    assert.deepEqual(policy.split('; '), [
      "default-src 'none'",
      `style-src ${sha256(inside(page, 'style'))}`,
      `script-src ${sha256(inside(page, 'script'))}`,
      "connect-src 'self'",
      'img-src data:',
      "form-action 'self'",
      "base-uri 'none'",
      "frame-ancestors 'none'",
    ]);
  });

  test('is one that the page keeps: no style or handler in an attribute, no address of anybody else', () => {
    const own = page.replace(/<(style|script)>[\s\S]*?<\/\1>/g, '');
    assert.ok(!/\s(?:style|on[a-z]+)="/.test(own));
    const addresses = [...own.matchAll(/(?:href|src|action)="([^"]*)"/g)].map(([, to]) => to ?? '');
    assert.ok(addresses.length > 8);
    assert.deepEqual(
      addresses.filter((to) => !/^(?:\/(?!\/)|#|data:image\/svg)/.test(to)),
      [],
    );
    assert.ok(!/@import|url\(/.test(inside(page, 'style')));
  });

  test('its script can be read by an engine', () => {
    assert.doesNotThrow(() => new Script(inside(page, 'script')));
  });
});

describe('the page for whoever does not see it (R29)', () => {
  const page = renderPage(sampleStatus());

  test('has landmarks, one first heading, a caption for each table, a scope for each of its headings', () => {
    for (const tag of ['header', 'main', 'nav', 'footer', 'h1'])
      assert.equal(page.match(new RegExp(`<${tag}[ >]`, 'g'))?.length, 1, tag);
    assert.equal(page.match(/<table>\s*<caption/g)?.length, page.match(/<table>/g)?.length);
    assert.deepEqual(page.match(/<th(?! scope=)[ >]/g), null);
    const ids = [...page.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
    assert.equal(new Set(ids).size, ids.length);
    for (const [, id] of page.matchAll(/aria-labelledby="([^"]+)"/g)) assert.ok(ids.includes(id), id);
  });

  test('tells in words, and in a table, what the chart draws', () => {
    assert.match(
      page.replaceAll(NBSP, ' '),
      /role="img" aria-label="Events per second over the last 2 min 58 s: 50\.0 received, 0\.5 forwarded, 49\.5 swallowed just now; at most 50\.0 received\."/,
    );
    assert.match(wordsOf(page), /The chart as a table .* now 50\.0 49\.5 0\.0 0\.5/);
  });
});

test('what is older than the chart goes is not drawn beyond its edge', () => {
  const point = sampleStatus().history[0] ?? assert.fail();
  const history = [190, 170, 0].map((secondsAgo) => ({ ...point, secondsAgo }));
  const page = renderPage(sampleStatus({ history }));
  assert.match(page, /class="area swallowed" d="M40\.0 200L40\.0 /);
  assert.ok(!/[ML]-\d/.test(page));
});

test('the chart ends at a number that is easily halved, above the highest value', () => {
  assert.deepEqual(
    [0, 0.3, 2, 2.1, 49, 104, 130, 999, 1000, 1001].map(scaleTop),
    [2, 2, 2, 3, 50, 120, 160, 1000, 1000, 1200],
  );
});

test('figures are as people read them', () => {
  assert.deepEqual(
    [count(1_234_567), pace(0.44), pace(49.66), pace(1234.5)],
    ['1,234,567', '0.4', '49.7', '1,235'],
  );
  assert.deepEqual([share(1, 0), share(9999, 10_000), share(1, 1)], ['–', `99.9${NBSP}%`, `100.0${NBSP}%`]);
  assert.deepEqual(
    [0, 999, 1000, 19_300, 1.25e9, 3e18].map((value) => bytes(value).replace(NBSP, ' ')),
    ['0 B', '999 B', '1.0 kB', '19.3 kB', '1.3 GB', '3,000.0 PB'],
  );
  assert.deepEqual(
    [-1, 0.9, 59, 60, 200, 600, 3600, 7500, 86_400, 100_000].map((value) =>
      span(value).replaceAll(NBSP, ' '),
    ),
    ['0 s', '0 s', '59 s', '1 min', '3 min 20 s', '10 min', '1 h', '2 h 5 min', '1 d', '1 d 3 h'],
  );
  assert.deepEqual(
    [
      settingValue('verifyIntervalMs', 0),
      settingValue('pollMs', 500),
      settingValue('maxFrameBytes', 16 * 1024 * 1024),
      settingValue('maxStreams', 256),
      settingValue('adminListen', { host: '::1', port: 17_481 }),
      settingValue('context', null),
    ].map((text) => text.replace(NBSP, ' ')),
    ['0 s', '500 ms', '16 MiB', '256', '[::1]:17481', 'none'],
  );
});

test('a page with 50 streams, the longest lists and a full chart is made in a few milliseconds', () => {
  const status = sampleStatus({
    streams: Array.from({ length: 50 }, (_, i) => sampleStream(i + 1)),
    noisiest: {
      stream: 1,
      resource: 'nodes',
      of: 5000,
      objects: Array.from({ length: 10 }, (_, i) => ({
        ...{
          object: `worker-${i}`,
          unchanged: 5,
          unchangedPerMinute: 5,
          forwarded: 0,
          forwardedPerMinute: 0,
        },
      })),
    },
  });
  renderPage(status);
  const times = Array.from({ length: 20 }, () => {
    const before = performance.now();
    renderPage(status);
    return performance.now() - before;
  });
  const best = Math.min(...times);
  assert.ok(best < 10, `${best.toFixed(2)} ms`);
  assert.ok(renderPage(status).length < 100_000);
});
