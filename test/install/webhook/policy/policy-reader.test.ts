/** LimitRanges and quotas in time, from an API server that may be slow, away, or against it (R27, R44). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import type { ApiAnswer, ApiRequest } from '../../../../src/platform/upstream/api-client.ts';
import type { Api } from '../../../../src/platform/upstream/api-problem.ts';
import { PolicyReader } from '../../../../src/install/webhook/policy/policy-reader.ts';
import { UpstreamError } from '../../../../src/platform/upstream/upstream-error.ts';

const NONE: ApiAnswer = { status: 200, body: { metadata: {}, items: [] } };

/** An API server that answers when the test says so, and a clock that stands still. */
class Scene implements Api {
  readonly asked: { readonly request: ApiRequest; readonly answer: (answer: ApiAnswer | Error) => void }[] =
    [];
  readonly #timers = new Set<() => void>();
  readonly reader = new PolicyReader({
    api: this,
    startTimer: (ms, fire) => {
      assert.equal(ms, 1000);
      this.#timers.add(fire);
      return () => this.#timers.delete(fire);
    },
  });

  ask(request: ApiRequest): Promise<ApiAnswer> {
    return new Promise((resolve, reject) => {
      const answer = (given: ApiAnswer | Error) => (given instanceof Error ? reject(given) : resolve(given));
      this.asked.push({ request, answer });
    });
  }

  get timers(): number {
    return this.#timers.size;
  }

  /** A second has passed. */
  pass(): void {
    for (const fire of this.#timers) fire();
  }

  /** All that is asked now. */
  async answer(given: ApiAnswer | Error = NONE): Promise<void> {
    for (const { answer } of this.asked.splice(0)) answer(given);
    await setImmediate();
  }
}

test('both lists of the namespace are asked for, bounded, and nothing is kept of them', async () => {
  const scene = new Scene();
  for (const name of ['first', 'second']) {
    const read = scene.reader.read('metallb-system');
    assert.deepEqual(
      scene.asked.map(({ request }) => [request.method, request.path]),
      [
        ['GET', '/api/v1/namespaces/metallb-system/limitranges?limit=100'],
        ['GET', '/api/v1/namespaces/metallb-system/resourcequotas?limit=100'],
      ],
    );
    for (const { request } of scene.asked)
      assert.deepEqual([request.timeoutMs, request.maxBytes], [1000, 262_144]);
    await scene.answer({ status: 200, body: { items: [name] } });
    assert.deepEqual(await read, { policies: { limitRanges: [name], quotas: [name] } });
    assert.equal(scene.timers, 0);
  }
});

test('Pods that come at once share an answer that was asked for after they had come', async () => {
  const scene = new Scene();
  const first = scene.reader.read('a');
  const others = Array.from({ length: 50 }, () => scene.reader.read('a'));
  assert.equal(scene.asked.length, 2);
  await scene.answer({ status: 200, body: { items: ['before'] } });
  assert.equal(scene.asked.length, 2);
  await scene.answer({ status: 200, body: { items: ['after'] } });
  assert.deepEqual(await first, { policies: { limitRanges: ['before'], quotas: ['before'] } });
  for (const other of await Promise.all(others))
    assert.deepEqual(other, { policies: { limitRanges: ['after'], quotas: ['after'] } });
  assert.equal(scene.asked.length, 0);
});

test('no answer within a second is one too, also for those that wait for the next', async () => {
  const scene = new Scene();
  const reads = [scene.reader.read('a'), scene.reader.read('a')];
  scene.pass();
  for (const read of reads) assert.deepEqual(await read, { unread: 'no answer within 1000 ms' });
  await scene.answer(new UpstreamError('headers', 'timeout'));
  await scene.answer();
  assert.equal(scene.asked.length, 0);
});

test('a refusal, what is no list, and a list that goes on are told', async () => {
  for (const [answer, pattern] of [
    [{ status: 403, body: { message: 'may not' } }, /limitranges cannot be listed: 403, may not/],
    [{ status: 200, body: undefined }, /not read to its end/],
    [{ status: 200, body: { metadata: { continue: 'x' }, items: [] } }, /not read to its end/],
    [new UpstreamError('body', 'protocol'), /malformed/],
  ] as const) {
    const scene = new Scene();
    const read = scene.reader.read('a');
    await scene.answer(answer);
    const told = await read;
    assert.match('unread' in told ? told.unread : '', pattern);
  }
});

test('a connection that breaks is tried once more', async () => {
  const scene = new Scene();
  const read = scene.reader.read('a');
  await scene.answer(new UpstreamError('headers', 'reset'));
  assert.equal(scene.asked.length, 2);
  await scene.answer();
  assert.ok('policies' in (await read));
  const again = scene.reader.read('a');
  await scene.answer(new UpstreamError('headers', 'reset'));
  await scene.answer(new UpstreamError('headers', 'reset'));
  assert.ok('unread' in (await again));
});

test('any number of namespaces is asked about a few at a time, and none that cannot be (R27)', async () => {
  const scene = new Scene();
  const reads = Array.from({ length: 100 }, (_each, index) => scene.reader.read(`n${index}`));
  assert.equal(scene.asked.length, 32);
  await scene.answer();
  const told = await Promise.all(reads);
  assert.equal(told.filter((each) => 'policies' in each).length, 16);
  for (const namespace of ['', '..', 'a/b', 'A', 'a?x', 'x'.repeat(64), 'a%2f'])
    assert.deepEqual(await scene.reader.read(namespace), { unread: 'it is in no namespace' });
  assert.deepEqual([scene.asked.length, scene.timers], [0, 0]);
});
