/** I10: nobody gets from memory what the API server would refuse. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { attributesOf } from '../../../src/core/request/request-attributes.ts';
import { createCertificateAuthority } from '../../../src/platform/identity/certificates.ts';
import { jsonRequest } from '../../../src/platform/upstream/whole-answer.ts';
import { eventually } from '../../support/api-server.ts';
import { loopbackTarget, send, watchedUpstream } from '../../support/upstream.ts';
import { NODES } from '../../support/nodes-asked.ts';
import {
  LEAST_OF_STRANGERS,
  Grants,
  MAX_ASKED,
  MAX_ASKED_BY_ONE,
  MAX_ASKED_BY_STRANGERS,
  MAX_GRANTS,
} from '../../../src/serve/grants/grants.ts';
import { MetricRegistry } from '../../../src/platform/metric-registry.ts';
import type { ResponseHandler } from '../../../src/platform/upstream/exchange.ts';
import { askingGrants, bearer } from './harness.ts';

test('the question goes with the credentials of the caller, and is about all that was asked for', async (t) => {
  const { server, grants } = await askingGrants(t);
  const attributes = attributesOf(
    'GET',
    '/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases?watch=1&fieldSelector=metadata.name%3Dn1',
  );
  assert.ok(attributes);
  assert.equal(await grants.ask(attributes, bearer('one')), 'allowed');
  assert.equal(await grants.ask({ ...NODES, labelSelector: 'a=b' }, bearer('one')), 'allowed');
  assert.deepEqual(
    server.reviews.map((review) => [review.authorization, review.attributes]),
    [
      [
        'Bearer one',
        {
          verb: 'watch',
          group: 'coordination.k8s.io',
          version: 'v1',
          resource: 'leases',
          subresource: '',
          namespace: 'kube-node-lease',
          name: 'n1',
          fieldSelector: { rawSelector: 'metadata.name=n1' },
        },
      ],
      [
        'Bearer one',
        {
          verb: 'list',
          group: '',
          version: 'v1',
          resource: 'nodes',
          subresource: '',
          namespace: '',
          name: '',
          labelSelector: { rawSelector: 'a=b' },
        },
      ],
    ],
  );
});

test('what is allowed is not asked again for a while, and then it is', async (t) => {
  const { server, grants, time } = await askingGrants(t);
  await grants.ask(NODES, bearer('one'));
  time.pass(9_999);
  assert.equal(await grants.ask(NODES, bearer('one')), 'allowed');
  assert.equal(server.reviews.length, 1);
  server.answer = () => false;
  time.pass(1);
  assert.equal(await grants.ask(NODES, bearer('one')), 'refused');
});

for (const answer of [false, 401, 403, 404, 429, 500, 503, 'nonsense'] as const)
  test(`the answer ${answer} lets nobody in, and is asked for each time`, async (t) => {
    const { server, grants } = await askingGrants(t);
    server.answer = () => answer;
    assert.notEqual(await grants.ask(NODES, bearer('one')), 'allowed');
    assert.notEqual(await grants.ask(NODES, bearer('one')), 'allowed');
    assert.equal(server.reviews.length, 2);
    server.answer = () => true;
    assert.equal(await grants.ask(NODES, bearer('one')), 'allowed');
  });

test('an API server that is not there lets nobody in', async (t) => {
  const { grants } = await askingGrants(t, { target: loopbackTarget(1) });
  assert.equal(await grants.ask(NODES, bearer('one')), 'unanswered');
});

test('what one caller may, or what it may of one thing, says nothing of another', async (t) => {
  const { server, grants } = await askingGrants(t);
  server.answer = ({ authorization, attributes }) =>
    authorization === 'Bearer one' && JSON.stringify(attributes).includes('"name":"n1"');
  const one = { ...NODES, name: 'n1', fieldSelector: 'metadata.name=n1' };
  assert.equal(await grants.ask(one, bearer('one')), 'allowed');
  for (const headers of [[], bearer('two'), bearer('one '), bearer('')])
    assert.equal(await grants.ask(one, headers), 'refused');
  for (const other of [
    NODES,
    { ...one, name: 'n2', fieldSelector: 'metadata.name=n2' },
    { ...NODES, fieldSelector: 'metadata.name!=n1' },
    { ...NODES, verb: 'watch' as const },
    { ...NODES, resource: 'secrets' },
  ])
    assert.equal(await grants.ask(other, bearer('one')), 'refused');
});

test('callers of different rights are told apart on one connection to the API server', async (t) => {
  const { server, grants } = await askingGrants(t);
  server.answer = ({ authorization }) => authorization === 'Bearer one';
  const asked = Array.from({ length: 40 }, (_, i) => grants.ask(NODES, bearer(i % 2 === 0 ? 'one' : 'two')));
  const results = await Promise.all(asked);
  assert.deepEqual(new Set(results.filter((_, i) => i % 2 === 0)), new Set(['allowed']));
  assert.deepEqual(new Set(results.filter((_, i) => i % 2 === 1)), new Set(['refused']));
  // Equal questions that came together were one.
  assert.equal(server.reviews.length, 2);
});

test('who asks in a way that only the API server understands is not asked about', async (t) => {
  const { server, grants } = await askingGrants(t);
  for (const headers of [
    bearer('one', 'Impersonate-User', 'admin'),
    bearer('one', 'authorization', 'Bearer two'),
    bearer('one', 'Cookie', 'a=b'),
    ['Sec-WebSocket-Protocol', 'base64url.bearer.authorization.k8s.io.YQ, x'],
  ])
    assert.equal(await grants.ask(NODES, headers), 'refused');
  assert.equal(server.reviews.length, 0);
});

test('credentials that end at this connection are not those of the request', async (t) => {
  const { server, grants } = await askingGrants(t);
  server.answer = ({ authorization }) => authorization === 'Bearer one';
  await grants.ask(NODES, bearer('one'));
  assert.equal(await grants.ask(NODES, bearer('one', 'Connection', 'authorization')), 'refused');
  assert.equal(server.reviews.at(-1)?.authorization, undefined);
});

test('nothing that a front proxy could say goes with a question', async (t) => {
  const { server, grants } = await askingGrants(t);
  await grants.ask(NODES, bearer('one', 'X-Remote-User', 'admin', 'x-remote-group', 'system:masters'));
  assert.deepEqual(
    Object.keys(server.reviews[0]?.headers ?? {}).filter((name) => name.startsWith('x-')),
    [],
  );
});

test('no question goes by a connection with a certificate of our own', async (t) => {
  const { server, grants } = await askingGrants(t);
  const { certPem, keyPem } = await createCertificateAuthority({ now: new Date() });
  const credentials = {
    certificate: () => Promise.resolve({ certPem, keyPem }),
    authorization: () => Promise.resolve(undefined),
    rejected: () => undefined,
  };
  const own = watchedUpstream(loopbackTarget(server.port), { credentials });
  t.after(() => own.upstream.close());
  const body = { kind: 'SelfSubjectAccessReview', spec: {} };
  const ours = jsonRequest({ method: 'POST', target: '/', userAgent: 'us', authorization: undefined, body });
  await send(own.upstream, ours).body;
  assert.notEqual(server.reviews[0]?.certificate, '');
  for (const headers of [[], bearer('bad'), bearer('expired'), bearer('one')])
    await grants.ask(NODES, headers);
  assert.deepEqual(
    server.reviews.slice(1).map(({ certificate, authorization }) => [certificate, authorization]),
    [
      ['', undefined],
      ['', 'Bearer bad'],
      ['', 'Bearer expired'],
      ['', 'Bearer one'],
    ],
  );
  await assert.rejects(askingGrants(t, { credentials }), /our own credentials/);
});

test('strangers, however many, keep nobody from asking who was allowed something before', async (t) => {
  const { server, grants, time, metrics } = await askingGrants(t);
  await grants.ask(NODES, bearer('one'));
  time.pass(60_000);
  server.answer = ({ authorization }) => (authorization === 'Bearer one' ? true : 'silence');
  const strangers = Array.from({ length: 150 }, (_, i) => grants.ask(NODES, bearer(`stranger ${i}`)));
  assert.equal(await grants.ask(NODES, bearer('one')), 'allowed');
  // The answer to the first caller, which was a stranger then, came soon.
  const beyond = 150 - LEAST_OF_STRANGERS - 1;
  assert.match(await metrics(), new RegExp(`watchsieve_grants_total\\{result="busy"\\} ${beyond}\n`));
  assert.equal(strangers.length, 150);
});

test('questions under way are 500 at most, whoever asks them: what is beyond is for the API server to answer', async (t) => {
  const { server, grants, metrics } = await askingGrants(t);
  const callers = Array.from({ length: MAX_ASKED / MAX_ASKED_BY_ONE }, (_, i) => bearer(`caller ${i}`));
  for (const caller of [...callers, bearer('one')]) await grants.ask(NODES, caller);
  server.answer = () => 'silence';
  for (const caller of callers)
    for (let at = 0; at < MAX_ASKED_BY_ONE; at++) void grants.ask({ ...NODES, name: `n${at}` }, caller);
  assert.equal(await grants.ask({ ...NODES, name: 'beyond' }, bearer('one')), 'unanswered');
  assert.equal(
    await grants.ask(NODES, bearer('one')),
    'allowed',
    'what was allowed a moment ago is not asked',
  );
  assert.match(await metrics(), /watchsieve_grants_total\{result="busy"\} 1\n/);
});

test('one caller with any number of questions keeps nobody else from asking, and may ask again when it is answered', async (t) => {
  const { server, grants, metrics } = await askingGrants(t);
  for (const caller of ['one', 'greedy']) await grants.ask(NODES, bearer(caller));
  const silent = Promise.withResolvers<boolean>();
  server.answer = ({ authorization }) => (authorization === 'Bearer greedy' ? silent.promise : true);
  const ask = (at: number): Promise<unknown> => grants.ask({ ...NODES, name: `n${at}` }, bearer('greedy'));
  const asked = Array.from({ length: 2 * MAX_ASKED }, (_, at) => ask(at));
  assert.equal(await grants.ask({ ...NODES, name: 'n0' }, bearer('one')), 'allowed');
  assert.equal(server.reviews.length, 2 + MAX_ASKED_BY_ONE + 1);
  silent.resolve(true);
  const results = await Promise.all(asked);
  assert.equal(results.filter((result) => result === 'allowed').length, MAX_ASKED_BY_ONE);
  assert.equal(await ask(MAX_ASKED), 'allowed');
  assert.match(await metrics(), new RegExp(`result="busy"\\} ${2 * MAX_ASKED - MAX_ASKED_BY_ONE}\n`));
});

test('of 50,001 callers the first is a stranger again, and what it was allowed is forgotten (I6)', async () => {
  let isSilent = false;
  const allowed = Buffer.from('{"kind":"SelfSubjectAccessReview","status":{"allowed":true}}');
  const answer = (handler: ResponseHandler): void => {
    handler.onResponse({ statusCode: 201, statusMessage: '', headers: [] });
    handler.onData(allowed);
    handler.onEnd([]);
  };
  const grants = new Grants({
    upstream: {
      hasOwnCredentials: false,
      send: (_request, handler) => {
        if (!isSilent) queueMicrotask(() => answer(handler));
        return { abort: () => undefined, resume: () => undefined };
      },
    },
    registry: new MetricRegistry(),
    now: () => 0,
    chance: () => 0,
    startTimer: () => () => undefined,
  });
  const ask = (caller: number, name = ''): Promise<unknown> =>
    grants.ask({ ...NODES, name }, bearer(`caller ${caller}`));
  for (let caller = 0; caller <= MAX_GRANTS; caller++) assert.equal(await ask(caller), 'allowed');
  assert.equal(grants.kept, MAX_GRANTS);
  isSilent = true;
  for (let stranger = 0; stranger < MAX_ASKED_BY_STRANGERS; stranger++) void ask(-1 - stranger);
  const soon = (asked: Promise<unknown>): Promise<unknown> =>
    Promise.race([asked, new Promise((resolve) => setImmediate(resolve, 'is asked'))]);
  assert.equal(await soon(ask(0)), 'unanswered', 'there is no room for one more stranger');
  assert.equal(await soon(ask(1, 'another')), 'is asked');
});

test('running watches are asked about in any case, also beyond 500 questions; whoever comes then has to wait for fewer', async (t) => {
  const { server, grants, time } = await askingGrants(t);
  await grants.ask(NODES, bearer('one'));
  server.answer = () => 'silence';
  const watch = { ...NODES, verb: 'watch' as const };
  const stops = Array.from({ length: MAX_ASKED + 20 }, (_, at) =>
    grants.keepAsking({ ...watch, name: `n${at}` }, bearer('one'), () => assert.fail('it ends')),
  );
  time.pass(60_000);
  await eventually(() => server.reviews.length === 1 + stops.length, 'all are asked about');
  assert.equal(await grants.ask({ ...NODES, name: 'new' }, bearer('one')), 'unanswered');
  assert.equal(server.reviews.length, 1 + stops.length);
  for (const stop of stops) stop();
});

test('a watch is asked about every minute, and ends when its rights are gone', async (t) => {
  const { server, grants, time } = await askingGrants(t);
  const watch = { ...NODES, verb: 'watch' as const };
  await grants.ask(watch, bearer('one'));
  const ends: string[] = [];
  grants.keepAsking(watch, bearer('one'), (why) => ends.push(why));
  for (let minute = 1; minute <= 3; minute++) {
    time.pass(60_000);
    await eventually(() => server.reviews.length === 1 + minute && time.running === 1, `minute ${minute}`);
  }
  assert.deepEqual(ends, []);
  server.answer = () => false;
  time.pass(60_000);
  await eventually(() => ends.length === 1, 'it ends');
  assert.deepEqual(ends, ['refused']);
  assert.equal(time.running, 0);
});

test('a token that has expired ends its watch', async (t) => {
  const { server, grants, time } = await askingGrants(t);
  await grants.ask(NODES, bearer('one'));
  const ends: string[] = [];
  grants.keepAsking(NODES, bearer('one'), (why) => ends.push(why));
  server.answer = () => 401;
  time.pass(60_000);
  await eventually(() => ends.length === 1, 'it ends');
  assert.deepEqual(ends, ['refused']);
  assert.equal(await grants.ask(NODES, bearer('one')), 'refused');
});

test('an API server that cannot say keeps a watch for five minutes, and lets nobody in', async (t) => {
  const { server, grants, time } = await askingGrants(t);
  await grants.ask(NODES, bearer('one'));
  const begun = time.now();
  const ends: number[] = [];
  grants.keepAsking(NODES, bearer('one'), () => ends.push(time.now() - begun));
  server.answer = () => 503;
  while (ends.length === 0) {
    const asked = server.reviews.length;
    time.pass(1000);
    if (server.reviews.length > asked || time.running === 0)
      await eventually(() => time.running === 1 || ends.length === 1, 'answered');
    else await Promise.resolve();
    if (time.now() - begun > 400_000) break;
  }
  assert.equal(ends.length, 1);
  assert.ok((ends[0] ?? 0) > 280_000 && (ends[0] ?? 0) <= 300_000, `${ends[0]} ms`);
  assert.equal(await grants.ask(NODES, bearer('one')), 'unanswered');
});

test('a watch that is over is asked about no more', async (t) => {
  const { server, grants, time } = await askingGrants(t);
  await grants.ask(NODES, bearer('one'));
  const stop = grants.keepAsking(NODES, bearer('one'), () => assert.fail('it is over'));
  server.answer = () => false;
  stop();
  time.pass(600_000);
  assert.equal(time.running, 0);
  assert.equal(server.reviews.length, 1);
});

test('no metric has a name or a token in it', async (t) => {
  const { grants, metrics } = await askingGrants(t);
  await grants.ask({ ...NODES, name: 'n1' }, bearer('secret'));
  const text = await metrics();
  assert.match(text, /watchsieve_grants_total\{result="allowed"\} 1/);
  assert.match(text, /watchsieve_grants 1/);
  assert.doesNotMatch(text, /secret|n1/);
});
