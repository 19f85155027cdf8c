/** The authority that replicas share by a Secret: made once, taken over, renewed with an overlap (R44). */
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { describe, test } from 'node:test';
import { pino } from 'pino';
import { createCertificateAuthority } from '../../../src/platform/identity/certificates.ts';
import { SharedAuthority } from '../../../src/platform/authority/shared-authority.ts';
import { FakeApi, SECRET, SECRETS, status } from '../../install/webhook/fake-api.ts';

const DAY_MS = 86_400_000;
const START = Date.UTC(2026, 0, 1);
const LOG = pino({ level: 'silent' });

/** A replica with a clock of its own, in days since the start. */
function replica(
  api: FakeApi,
  keepsPreviousKey = false,
): { readonly authority: SharedAuthority; day: number } {
  const made = { day: 0 };
  const wallNow = () => START + made.day * DAY_MS;
  const secret = { namespace: 'watchsieve-system', name: 'ca' };
  return Object.assign(made, {
    authority: new SharedAuthority({
      ...{ api, secret, wallNow, log: LOG },
      owner: 'watchsieve-webhook',
      keepsPreviousKey,
    }),
  });
}

const base64 = (text: string) => Buffer.from(text).toString('base64');
const count = (bundle: string) => bundle.match(/BEGIN CERTIFICATE/g)?.length;

describe('the first', () => {
  test('makes an authority for a year that may sign end certificates only, and keeps its key', async () => {
    const api = new FakeApi();
    const { current, bundle, validTo } = await replica(api).authority.read();
    assert.deepEqual(api.asked, [`GET ${SECRET}`, `POST ${SECRETS}`]);
    assert.equal(api.secret('ca.crt'), current.certPem);
    assert.equal(api.secret('ca.key'), current.keyPem);
    assert.equal(bundle, current.certPem);
    assert.equal(validTo.getTime(), START + 365 * DAY_MS);
    const certificate = new X509Certificate(current.certPem);
    assert.ok(certificate.ca);
    assert.match(certificate.subject, /^CN=watchsieve-webhook-ca-[0-9a-f]{8}$/);
  });

  test('is one of many that start at the same moment: all end with the same authority', async () => {
    const api = new FakeApi();
    const all = await Promise.all(Array.from({ length: 5 }, () => replica(api).authority.read()));
    assert.ok(api.asked.filter((asked) => asked.startsWith('POST')).length > 1, 'they did race');
    assert.deepEqual(new Set(all.map(({ bundle }) => bundle)), new Set([api.secret('ca.crt')]));
  });

  test('fills a Secret that is there and empty, as a chart makes it; one of two wins', async () => {
    const api = new FakeApi();
    api.put(SECRET, { kind: 'Secret', metadata: { name: 'ca', labels: { chart: 'x' } }, type: 'Opaque' });
    const [one, two] = await Promise.all([replica(api).authority.read(), replica(api).authority.read()]);
    assert.equal(one.bundle, two.bundle);
    assert.equal(one.bundle, api.secret('ca.crt'));
    const { metadata, type } = api.get(SECRET) ?? {};
    assert.deepEqual(metadata, { name: 'ca', labels: { chart: 'x' }, resourceVersion: '2' });
    assert.equal(type, 'Opaque');
  });
});

test('who comes later takes over what is there, and asks nothing but to read it', async () => {
  const api = new FakeApi();
  const first = await replica(api).authority.read();
  api.asked.length = 0;
  assert.deepEqual(await replica(api).authority.read(), first);
  assert.deepEqual(api.asked, [`GET ${SECRET}`]);
});

test('60 days before its end it is replaced; both are in the bundle until the old one has ended', async () => {
  const api = new FakeApi();
  const [one, two] = [replica(api), replica(api)];
  const first = await one.authority.read();
  one.day = two.day = 304;
  assert.equal((await one.authority.read()).bundle, first.bundle);
  one.day = two.day = 306;
  const all = await Promise.all([one.authority.read(), two.authority.read()]);
  for (const { current, bundle } of all) {
    assert.notEqual(current.certPem, first.current.certPem);
    assert.equal(bundle, api.secret('ca.crt') + first.current.certPem);
  }
  one.day = 364;
  assert.equal(count((await one.authority.read()).bundle), 2);
  one.day = 366;
  assert.equal((await one.authority.read()).bundle, api.secret('ca.crt'));
  assert.equal(api.asked.filter((asked) => asked.startsWith('PUT')).length, 2, 'one of both won');
});

test('after a Secret was deleted the certificates under the old authority are accepted on', async () => {
  const api = new FakeApi();
  const { authority } = replica(api);
  const first = await authority.read();
  api.remove(SECRET);
  const { current, bundle } = await authority.read();
  assert.equal(bundle, current.certPem + first.current.certPem);
});

describe('what cannot be used is replaced', () => {
  const cases: Readonly<Record<string, (ca: { certPem: string; keyPem: string }) => Promise<object>>> = {
    'not a certificate': (ca) => Promise.resolve({ 'ca.crt': base64('x'), 'ca.key': base64(ca.keyPem) }),
    'not a key': (ca) => Promise.resolve({ 'ca.crt': base64(ca.certPem), 'ca.key': base64('x') }),
    'half of it': (ca) => Promise.resolve({ 'ca.crt': base64(ca.certPem) }),
    'not base64': (ca) => Promise.resolve({ 'ca.crt': 7, 'ca.key': base64(ca.keyPem) }),
    'the key of another': async (ca) => ({
      'ca.crt': base64(ca.certPem),
      'ca.key': base64((await createCertificateAuthority({ now: new Date(START) })).keyPem),
    }),
    'one that has ended': async () => {
      const old = await createCertificateAuthority({ now: new Date(START - 400 * DAY_MS), validDays: 365 });
      return { 'ca.crt': base64(old.certPem), 'ca.key': base64(old.keyPem) };
    },
  };
  for (const [what, data] of Object.entries(cases))
    test(what, async () => {
      const api = new FakeApi();
      const ca = await createCertificateAuthority({ now: new Date(START) });
      api.put(SECRET, { metadata: { name: 'ca' }, data: await data(ca) });
      const { current, bundle } = await replica(api).authority.read();
      assert.equal(bundle, current.certPem);
      assert.equal(api.secret('ca.crt'), current.certPem);
      assert.notEqual(current.certPem, ca.certPem);
    });

  test('but never what is somebody else’s: a Secret with other fields is left alone', async () => {
    const api = new FakeApi();
    api.put(SECRET, { metadata: { name: 'ca' }, data: { 'tls.crt': base64('x') } });
    await assert.rejects(
      replica(api).authority.read(),
      /Secret watchsieve-system\/ca holds something else \(tls\.crt\)/,
    );
    assert.deepEqual(api.asked, [`GET ${SECRET}`]);
  });
});

test('what the API server refuses is said in its own words, and whether it may pass', async () => {
  for (const [method, code, isTransient] of [
    ['GET', 403, false],
    ['POST', 403, false],
    ['POST', 404, false],
    ['GET', 503, true],
    ['GET', 429, true],
  ] as const) {
    const api = new FakeApi();
    api.intercept = (request) => (request.method === method ? status(code, 'no such luck') : undefined);
    await assert.rejects(replica(api).authority.read(), {
      name: 'ApiProblem',
      isTransient,
      message: `Secret watchsieve-system/ca cannot be ${method === 'GET' ? 'read' : 'made'}: ${code}, no such luck`,
    });
  }
});

test('a Secret that is gone between reading and writing is made, and endless conflicts end', async () => {
  const api = new FakeApi();
  api.put(SECRET, { metadata: { name: 'ca' } });
  api.intercept = (request) => {
    if (request.method === 'PUT') api.remove(SECRET);
    return undefined;
  };
  const { current } = await replica(api).authority.read();
  assert.equal(api.secret('ca.crt'), current.certPem);
  api.put(SECRET, { metadata: { name: 'ca' } });
  api.intercept = (request) => (request.method === 'PUT' ? status(409, 'has been modified') : undefined);
  await assert.rejects(replica(api).authority.read(), /written by others again and again/);
});

test('where its key is kept, the authority before can still issue until it has ended, for replicas that start then too', async () => {
  const api = new FakeApi();
  const [one, two] = [replica(api, true), replica(api, true)];
  const first = await one.authority.read();
  assert.equal(first.previous, undefined);
  one.day = two.day = 306;
  const next = await one.authority.read();
  assert.deepEqual(next.previous, first.current);
  assert.equal(next.validFrom.getTime(), START + 306 * DAY_MS - DAY_MS / 24);
  assert.deepEqual(await two.authority.read(), next);
  one.day = 366;
  assert.equal((await one.authority.read()).previous, undefined);
  one.day = 306;
  const other = replica(api, false);
  other.day = 640;
  await other.authority.read();
  assert.equal(api.secret('previous-ca.key'), '', 'nobody keeps it who was not told to');
});

test('a key that does not belong to the authority before is none', async () => {
  const api = new FakeApi();
  const one = replica(api, true);
  await one.authority.read();
  one.day = 306;
  await one.authority.read();
  const { data = {} } = api.get(SECRET) ?? {};
  api.put(SECRET, {
    ...api.get(SECRET),
    data: { ...Object(data), 'previous-ca.key': base64(api.secret('ca.key')) },
  });
  const { previous, bundle } = await one.authority.read();
  assert.equal(previous, undefined);
  assert.equal(count(bundle), 2);
});
