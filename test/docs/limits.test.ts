/** Each bound that docs/limits.md names is driven to its limit by a test, which is named here (I6, R27). */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { MAX_NAMES } from '../../src/config/preset-name.ts';
import { MAX_RESOURCES } from '../../src/config/read-resources.ts';
import { FREE_FRAME_BYTES } from '../../src/core/codec/frame-splitter.ts';
import { MAX_BODIES_BYTES, MAX_BODY_BYTES } from '../../src/install/webhook/listener.ts';
import { HANDSHAKE_TIMEOUT_MS } from '../../src/platform/listen/guarded-server.ts';
import { LEAVE_MS } from '../../src/platform/listen/endings.ts';
import { SHORT_ANSWERS } from '../../src/platform/listen/short-answers.ts';
import { MAX_WRITE_BYTES } from '../../src/platform/listen/write-in-parts.ts';
import { MAX_CHARACTERS } from '../../src/platform/text/bounded.ts';
import { MAX_FORM_BYTES, MAX_MEMO_BYTES } from '../../src/serve/parts.ts';
import {
  LEAST_OF_STRANGERS,
  MAX_ASKED,
  MAX_ASKED_BY_ONE,
  MAX_ASKED_BY_STRANGERS,
  MAX_WAITING,
  MAX_GRANTS,
} from '../../src/serve/grants/grants.ts';
import { KEEP_ALIVE_MS } from '../../src/serve/proxy/listener.ts';
import { MAX_BODIES, MAX_BODIES_OF_ONE } from '../../src/serve/share/list-bodies.ts';
import { FEED_LIMITS, MAX_FEEDS } from '../../src/serve/share/shared-feeds.ts';
import { BODIES_BYTES } from '../../src/serve/upstream-link.ts';
import { DEADLINE_GRACE_MS } from '../../src/serve/watch/open-watch.ts';
import { DECODER_BYTES as WATCH_DECODER_BYTES } from '../../src/serve/watch/gunzipped-source.ts';
import { MAX_PROJECTIONS } from '../../src/serve/watch/swallow-record.ts';
import { DECODER_BYTES as LIST_DECODER_BYTES } from '../../src/serve/watch/tap-list.ts';
import { MAX_SNAPSHOT_OBJECTS, SNAPSHOT_TTL_MS } from '../../src/serve/watch-hooks.ts';
import { DOCUMENTS, ROOT } from './documents.ts';

/** How a row of the tables begins, and the tests that drive its bounds: the file below test, and how the test's name begins. */
const DRIVEN: Readonly<Record<string, readonly (readonly [file: string, name: string])[]>> = {
  '`--memory-budget`:': [
    ['serve/proxy/budget.test.ts', 'of answers that nobody reads, beyond --memory-budget'],
    ['serve/proxy/guests.test.ts', 'whatever comes and goes, limits hold'],
    ['serve/budget.test.ts', 'requests and heads draw on --memory-budget'],
  ],
  '`--max-requests`': [
    ['serve/proxy/budget.test.ts', 'of requests over --max-requests the oldest'],
    ['serve/limits.test.ts', 'of requests and of upgrades as many'],
  ],
  '`--max-upgrades`': [
    ['serve/proxy/budget.test.ts', 'of upgrades over --max-upgrades the oldest'],
    ['serve/limits.test.ts', 'of requests and of upgrades as many'],
  ],
  '30 s for the last bytes': [
    ['serve/proxy/tunnel-ends.test.ts', 'a client that has gone leaves its place for 30 s'],
    ['serve/proxy/tunnel-ends.test.ts', 'an upstream that has gone leaves 30 s'],
  ],
  'half of `--memory-budget`': [
    ['serve/budget.test.ts', 'of --memory-budget 16MiB, '],
    ['core/sieve/budget.test.ts', 'make room for newer ones, and for what open streams hold'],
    ['core/sieve/budget.test.ts', 'does not know of an object for which nothing is left'],
  ],
  'four fifths of `--max-connections`': [
    ['serve/proxy/crowd.test.ts', 'a caller with requests on all connections leaves places for others'],
  ],
  '32 requests, watches and upgrades of one caller': [
    ['serve/proxy/crowd.test.ts', 'what a caller has in flight beyond its share goes over connections apart'],
    ['serve/proxy/guests.test.ts', 'what a caller has beyond its share is a crowd'],
  ],
  '16 HTTP/2 connections upstream': [
    ['platform/upstream/http2-bounds.test.ts', 'connections are sixteen at most'],
  ],
  '3 HTTP/2 connections of a kind': [
    [
      'platform/upstream/http2-long-answers.test.ts',
      'R43: connections for the sake of that are three at most',
    ],
    ['platform/upstream/http2-long-answers.test.ts', 'R43: where another connection is long in coming'],
  ],
  '1 s for which a stream that was aborted': [
    ['platform/upstream/http2-bounds.test.ts', 'an aborted stream keeps its place for a while'],
  ],
  'of a hub: 8 feeds': [['serve/share/shared-feed.test.ts', 'a hub has eight feeds at most']],
  'of each feed of a hub: 512 MiB of objects': [
    ['serve/share/shared-feed.test.ts', 'a feed whose objects are too large'],
  ],
  'of each feed of a hub: 64 MiB or 15 minutes of journal': [
    ['core/hub/journal.test.ts', 'what is too old or too much falls out'],
    ['serve/share/hub.test.ts', 'of what happened more than 15 minutes ago'],
    ['serve/share/shared-feed.test.ts', 'I13: a client that fell out of the journal'],
  ],
  'of each feed of a hub: 3 LISTs': [
    ['serve/share/shared-feed.test.ts', 'three LISTs are kept at most'],
    ['serve/share/shared-feed.test.ts', 'a caller that reads slowly is sent two LISTs'],
  ],
  'of a hub: 500 questions to the API server': [
    ['serve/grants/grants.test.ts', 'questions under way are 500 at most, whoever asks them'],
    ['serve/grants/grants.test.ts', 'one caller with any number of questions keeps nobody else from asking'],
    ['serve/grants/grants.test.ts', 'strangers, however many, keep nobody from asking'],
  ],
  'of a hub: 2,000 questions that wait': [
    ['serve/grants/turns.test.ts', 'who has waited in vain goes to the API server'],
    ['serve/grants/turns.test.ts', 'so many wait at most'],
  ],
  'of a hub: 50,000 answers to such questions': [
    ['core/grant/grant-cache.test.ts', 'grants are bounded: those asked first go first'],
    ['serve/grants/grants.test.ts', 'of 50,001 callers the first is a stranger again'],
  ],
  '1,000 callers': [['serve/proxy/callers.test.ts', 'are a thousand at most']],
  '`--max-streams`': [
    ['serve/proxy/limits.test.ts', 'a filtered watch over --max-streams is answered 429'],
    ['serve/proxy/guests.test.ts', 'a watch more is refused its own client'],
  ],
  '`--max-frame-bytes`': [
    ['serve/malformed.test.ts', 'an event larger than --max-frame-bytes'],
    ['serve/websocket.test.ts', 'a message larger than --max-frame-bytes'],
    ['serve/share/hub.test.ts', 'I14: an event larger than --max-frame-bytes'],
  ],
  '128 KiB of an event that has not come whole': [
    ['serve/watch/long-frames.test.ts', 'is judged where there is room for it'],
    ['serve/watch/long-frames.test.ts', 'passes unseen where there is none'],
    ['serve/watch/long-frames.test.ts', 'is held where there is room for it'],
    ['serve/watch/long-frames.test.ts', 'goes out at once where there is none'],
  ],
  '192 KiB to decompress a watch': [
    ['serve/compressed.test.ts', 'without room for one more decoder a watch goes on as it comes'],
    ['serve/watch/gunzipped-source.test.ts', 'until ${how}'],
    ['serve/watch/tap-list.test.ts', 'I6: what decompressing a list takes is drawn for as long as it lasts'],
  ],
  '`--slow-client-timeout`': [
    ['serve/slow-client.test.ts', 'a client that stops reading is ended in time'],
    ['serve/share/http2.test.ts', 'a client that takes nothing for --slow-client-timeout'],
  ],
  '`timeoutSeconds` plus 30 s': [
    ['serve/watch/progress.test.ts', 'a stream that upstream does not end is ended by its deadline'],
    ['serve/limits.test.ts', 'a watch that upstream does not end is ended 30 s after'],
  ],
  '100,000 objects in snapshots': [
    ['core/sieve/snapshots.test.ts', 'they are bounded by objects'],
    ['core/sieve/snapshots.test.ts', 'they live for minutes'],
    ['serve/limits.test.ts', 'snapshots are of 100,000 objects in all'],
  ],
  '1 MiB to name what differed': [
    ['core/sieve/chronicle.test.ts', 'forms are bounded by bytes'],
    ['core/sieve/chronicle.test.ts', 'of 100,000 objects and decisions the last ones are kept'],
    ['serve/explain.test.ts', 'of ended streams the last few are told'],
    ['serve/explain.test.ts', 'what is kept for it is measured'],
  ],
  '256 KiB of a compressed LIST': [
    ['serve/watch/tap-list.test.ts', 'R16, I6: a list that comes faster than it is decompressed has to wait'],
  ],
  '8 MiB of bodies of unanswered requests': [
    ['platform/upstream/request-body.test.ts', 'I6: more than 1 MiB, or than the budget has, is not kept'],
    ['platform/upstream/turned-away.test.ts', 'R5: a body of which more was read than is kept'],
    ['serve/budget.test.ts', 'bodies that are kept to be sent again'],
  ],
  '20 resources besides Nodes': [['config/resources.test.ts', 'more than twenty are refused']],
  '50 presets that have a kubeconfig': [
    ['config/resources.test.ts', 'more than fifty presets with a kubeconfig of their own are refused'],
  ],
  '256 projections under which': [
    ['serve/watch/filters.test.ts', 'what there is no room to record counts as another'],
  ],
  '4 MiB to recognise heartbeats': [
    ['core/sieve/memo.test.ts', 'it is not exceeded'],
    ['core/sieve/memo.test.ts', 'more Nodes than there is room for'],
    ['serve/limits.test.ts', 'what is kept without regard to --memory-budget'],
  ],
  'connections: `--max-connections`': [
    ['serve/proxy/limits.test.ts', 'where all of --max-connections have a request under way'],
    ['serve/proxy/limits.test.ts', 'connections without a request keep nobody out'],
    ['serve/admin/bounds.test.ts', '${name}: idle connections are let in up to a bound'],
    ['install/webhook/webhook.test.ts', 'connections are 200 at most'],
    ['install/webhook/webhook.test.ts', 'calls whose body never comes keep nobody out'],
    ['platform/listen/short-answers.test.ts', 'a request that is not whole keeps nobody out'],
    ['platform/listen/places.test.ts', 'R27: where all have asked, one whose answer is written makes room'],
  ],
  'one request of a connection is served at a time': [
    ['serve/proxy/connections.test.ts', 'a connection that pipelines more than a few requests is closed'],
    ['platform/listen/connection-guard.test.ts', 'a chunk full of requests costs no more'],
    ['platform/listen/connection-guard.test.ts', 'heads behind the request under way are read as far'],
    ['serve/admin/bounds.test.ts', '${name}: 2,000 pipelined requests end their connection'],
  ],
  'a head of 128 KiB': [
    ['serve/proxy/failures.test.ts', 'R3: what cannot be forwarded is refused with a Status'],
    ['platform/listen/short-answers.test.ts', 'a head of 16 KiB is served, a larger one answered 431'],
    ['serve/proxy/connections.test.ts', '1,000 header fields pass'],
  ],
  '8 MiB of heads in all': [
    ['serve/proxy/connections.test.ts', 'heads that are not whole are bounded in all'],
    ['platform/listen/head-bytes.test.ts', '8 KiB are free for each connection'],
  ],
  'a config file of 64 KiB': [
    ['config/hostile-file.test.ts', 'a file that is longer, deeper or has more in it'],
    ['config/hostile-file.test.ts', 'of many problems of one file some are told'],
  ],
  '10 s for a TLS handshake': [
    ['serve/proxy/limits.test.ts', 'TLS handshakes that stall hold up nobody'],
    ['serve/stalled-handshake.long.test.ts', 'a handshake that stalls is ended after 10 s'],
  ],
  '30 s for a head; the webhook 10 s': [
    ['serve/proxy/connections.test.ts', 'a head has 30 s, and not one more'],
    ['platform/listen/short-answers.test.ts', 'a head has 10 s'],
  ],
  '10 s for a request and its answer': [
    ['platform/listen/short-answers.test.ts', 'a request and its answer have 10 s'],
  ],
  '120 s without a request': [
    ['platform/listen/short-answers.test.ts', 'a connection that had a request is kept for as long'],
    ['install/webhook/webhook.test.ts', 'the API server keeps a connection for 90 s'],
    ['serve/proxy/hub-listener.long.test.ts', 'a connection to a hub is asked to go'],
  ],
  '1 s to take a last answer': [
    ['platform/listen/connection-guard.test.ts', 'requests on a connection that has had its last answer'],
    ['serve/proxy/connections.test.ts', 'a client that says it sends no more is let go'],
    ['serve/proxy/tunnel.test.ts', 'a refused upgrade gives its connection back'],
  ],
  'of a connection by HTTP/2': [
    ['platform/listen/h2-sessions.test.ts', 'of a connection as many requests are served at a time'],
  ],
  'of such a connection: 300 requests aborted': [
    ['platform/listen/h2-sessions.test.ts', 'a connection that sends a flood of ${what} is ended'],
  ],
  'of such a connection: a head of 1,000 fields': [
    ['platform/listen/h2-sessions.test.ts', 'a head of 64 KiB is served, and one of more fields'],
    ['platform/listen/h2-sessions.test.ts', 'a head without an end is cut off'],
    ['platform/listen/h2-sessions.test.ts', 'what a head of few bytes stands for counts'],
  ],
  'of such a connection: 1 s for the rest of a body': [
    ['platform/listen/h2-sessions.test.ts', 'an upload that goes on behind its answer is ended'],
    ['serve/proxy/hub-listener.long.test.ts', 'by HTTP/2 a refusal that is not taken'],
  ],
  'a connection to a hub for four to six minutes': [
    ['platform/listen/h2-sessions.test.ts', 'an old connection is asked to move on'],
    ['platform/listen/h2-sessions.test.ts', 'an old connection of HTTP/1.1 ends with its next answer'],
    ['serve/proxy/hub-listener.long.test.ts', 'a connection to a hub is asked to go'],
  ],
  '64 KiB that are written': [
    ['platform/listen/connection-guard.test.ts', 'what is long goes to a TLS connection in short writes'],
    ['platform/listen/h2-sessions.test.ts', 'what is long goes to a stream in short writes'],
  ],
  'an AdmissionReview of 4 MiB': [
    ['install/webhook/bodies.test.ts', 'a body of the limit is read, one byte more is 413'],
  ],
  '16 MiB of reviews': [
    ['install/webhook/webhook.test.ts', 'bodies that do not come to an end are bounded in all'],
    ['install/webhook/bodies.test.ts', 'where there is no room for more'],
  ],
  '1 s for the LimitRanges and ResourceQuotas': [
    ['install/webhook/policy/policy-reader.test.ts', 'no answer within a second is one too'],
    ['install/webhook/policy/policy-reader.test.ts', 'a refusal, what is no list, and a list that goes on'],
    [
      'install/webhook/policy/policy-reader.test.ts',
      'any number of namespaces is asked about a few at a time',
    ],
    ['install/webhook/webhook.test.ts', 'of a list that is too long nothing is believed'],
  ],
  '100,000 values in a review': [
    ['platform/text/json-bounds.test.ts', 'no text within the bounds becomes more values'],
  ],
};

/** The same of bounds that stand in a sentence. */
const DRIVEN_IN_PROSE: typeof DRIVEN = {
  'a clean end, are kept for five more minutes': [
    ['serve/watch/slow-client.test.ts', 'has five minutes for its last bytes, then its connection is closed'],
  ],
  'Each turn of the event loop works on one review': [
    ['install/webhook/bodies.test.ts', 'what is whole is handed out one in each turn of the event loop'],
  ],
  'A log line holds at most 1,024 characters': [
    ['platform/logger.test.ts', 'no line grows with what others wrote'],
  ],
};

const LIMITS = DOCUMENTS.find(({ path }) => path === 'docs/limits.md')?.text ?? '';
/** The first cell of each row below a head that begins with `limit`. */
const BOUNDS = [...LIMITS.matchAll(/^\| limit .*\n\|[ -|]*\n((?:\|.*\n)+)/gm)].flatMap(([, rows = '']) =>
  rows
    .trim()
    .split('\n')
    .map((row) => row.split('|')[1]?.trim() ?? ''),
);

test('each bound of docs/limits.md has tests that drive it, and none is named for a bound that is not there', () => {
  assert.ok(BOUNDS.length > 30, `only ${BOUNDS.length} bounds were found`);
  const heads = Object.keys(DRIVEN);
  assert.deepEqual(
    BOUNDS.filter((bound) => heads.filter((head) => bound.startsWith(head)).length !== 1),
    [],
  );
  assert.deepEqual(
    heads.filter((head) => !BOUNDS.some((bound) => bound.startsWith(head))),
    [],
  );
});

test('the tests that are named for bounds exist', () => {
  for (const sentence of Object.keys(DRIVEN_IN_PROSE)) assert.ok(LIMITS.includes(sentence), sentence);
  for (const [head, tests] of Object.entries({ ...DRIVEN, ...DRIVEN_IN_PROSE })) {
    assert.ok(tests.length > 0, head);
    for (const [file, name] of tests) {
      const text = readFileSync(`${ROOT}/test/${file}`, 'utf8');
      // As a string, so that tests of a table are found too.
      const isThere = [`'${name}`, `\`${name}`].some((beginning) => text.includes(beginning));
      assert.ok(name.length > 8 && isThere, `${head}: ${file} has no test "${name}"`);
    }
  }
});

/** A number must not be the end of another one: 5 s of 15 s. */
function has(text: string): void {
  assert.ok(
    BOUNDS.some((bound) =>
      bound
        .split(text)
        .slice(0, -1)
        .some((before) => !/[\d.,]$/.test(before)),
    ),
    text,
  );
}

test('bounds that their tests choose are in the program what docs/limits.md says', () => {
  const mib = (bytes: number): string => `${bytes / 1024 / 1024} MiB`;
  has(`plus ${DEADLINE_GRACE_MS / 1000} s`);
  has(`${MAX_SNAPSHOT_OBJECTS.toLocaleString('en-US')} objects in snapshots`);
  has(`kept for ${SNAPSHOT_TTL_MS / 60_000} minutes`);
  has(`${mib(MAX_FORM_BYTES)} to name what differed`);
  has(`${mib(BODIES_BYTES)} of bodies`);
  has(`${MAX_RESOURCES} resources besides Nodes`);
  has(`${MAX_NAMES} presets that have a kubeconfig`);
  has(`${MAX_PROJECTIONS} projections under which`);
  has(`${mib(MAX_MEMO_BYTES)} to recognise heartbeats`);
  has(`${KEEP_ALIVE_MS / 1000} s without a request`);
  has(`${HANDSHAKE_TIMEOUT_MS / 1000} s for a TLS handshake`);
  has(`an AdmissionReview of ${mib(MAX_BODY_BYTES)}`);
  has(`${mib(MAX_BODIES_BYTES)} of reviews`);
  has(`${LEAVE_MS / 1000} s to take a last answer`);
  assert.ok(LIMITS.includes(`at most ${MAX_CHARACTERS.toLocaleString('en-US')} characters`));
  has(`${MAX_WRITE_BYTES / 1024} KiB that are written`);
  has(`${WATCH_DECODER_BYTES / 1024} KiB to decompress a watch, ${LIST_DECODER_BYTES / 1024} KiB a list`);
  has(`${FREE_FRAME_BYTES / 1024} KiB of an event that has not come whole`);
});

test('bounds of a hub that their tests choose are in the program what docs/limits.md says', () => {
  const mib = (bytes: number): string => `${bytes / 1024 / 1024} MiB`;
  has(`of each feed of a hub: ${mib(FEED_LIMITS.maxStoreBytes)} of objects`);
  has(`${mib(FEED_LIMITS.maxBytes)} or ${FEED_LIMITS.maxAgeMs / 60_000} minutes of journal`);
  has(`of a hub: ${MAX_FEEDS} feeds`);
  has(
    `of each feed of a hub: ${MAX_BODIES} LISTs that are being sent, ${MAX_BODIES_OF_ONE} of them to one caller`,
  );
  has(`of a hub: ${MAX_ASKED} questions to the API server`);
  has(`${MAX_ASKED_BY_ONE} for one caller`);
  has(
    `${MAX_ASKED_BY_STRANGERS} for those never allowed anything (${LEAST_OF_STRANGERS} to ${MAX_ASKED_BY_STRANGERS}, by how fast it answers)`,
  );
  has(`of a hub: ${MAX_WAITING.toLocaleString('en-US')} questions that wait for their turn`);
  has(`of a hub: ${MAX_GRANTS.toLocaleString('en-US')} answers to such questions`);
});

test('what docs/limits.md says of listeners with short answers is what they have', () => {
  const { connections, maxHeadBytes, keepAliveMs } = SHORT_ANSWERS;
  const { maxConnections, headTimeoutMs, requestTimeoutMs } = connections;
  has(`admin and metrics ${maxConnections} each`);
  has(`(${maxHeadBytes / 1024} KiB but for the proxy)`);
  has(`the webhook ${headTimeoutMs / 1000} s`);
  has(`${(requestTimeoutMs ?? 0) / 1000} s for a request and its answer`);
  has(`${keepAliveMs / 1000} s for metrics and health`);
});
