/** The certificate of a hub under an authority that its replicas share: handed out before it is used, and replaced without a gap (I15). */
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { test } from 'node:test';
import { pino } from 'pino';
import type { CertificateSource } from '../../src/serve/certificate-source.ts';
import { SharedCertificate } from '../../src/serve/shared-certificate.ts';
import { textAt } from '../support/json-value.ts';
import { FakeApi, status } from '../install/webhook/fake-api.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const START = Date.UTC(2026, 0, 1);
const SECRET = '/api/v1/namespaces/hub/secrets/ca';
const MAPS = ['one', 'two'].map((namespace) => `/api/v1/namespaces/${namespace}/configmaps/hub-ca`);
const [ONE = '', TWO = ''] = MAPS;

/** As the manifests make them: empty. */
function cluster(): FakeApi {
  const api = new FakeApi();
  api.put(SECRET, { kind: 'Secret', type: 'Opaque' });
  for (const path of MAPS) api.put(path, { kind: 'ConfigMap' });
  return api;
}

function begin(
  api: FakeApi,
  now = START,
  lines: string[] = [],
  ask: FakeApi['ask'] = (request) => api.ask(request),
): Promise<CertificateSource> {
  return SharedCertificate.begin(
    {
      api: { ask, close: () => Promise.resolve() },
      secret: { namespace: 'hub', name: 'ca' },
      configMaps: ['one', 'two'].map((namespace) => ({ namespace, name: 'hub-ca' })),
      names: ['hub.hub.svc', 'fd00::7'],
      log: pino({}, { write: (line: string) => lines.push(line) }),
    },
    new Date(now),
  );
}

const handedOut = (api: FakeApi, path = ONE): string => textAt(api.get(path), 'data', 'ca.crt');

/** Whether a client that has this bundle would take that certificate. */
function isTrusted(bundle: string, certPem: string, now: number): boolean {
  const certificate = new X509Certificate(certPem);
  const isValid = (one: X509Certificate) =>
    one.validFromDate.getTime() <= now && now < one.validToDate.getTime();
  return bundle
    .split(/(?<=-----END CERTIFICATE-----\n)/)
    .filter((pem) => pem !== '')
    .map((pem) => new X509Certificate(pem))
    .some((ca) => isValid(ca) && isValid(certificate) && certificate.verify(ca.publicKey));
}

test('replicas that start together serve certificates of their own under one authority, which both ConfigMaps have', async () => {
  const api = cluster();
  const replicas = await Promise.all([begin(api), begin(api), begin(api)]);
  const certificates = replicas.map(({ first }) => first.certPem);
  assert.equal(new Set(certificates).size, 3);
  for (const path of MAPS)
    for (const certPem of certificates) assert.ok(isTrusted(handedOut(api, path), certPem, START));
  const certificate = new X509Certificate(certificates[0] ?? '');
  assert.equal(certificate.checkHost('hub.hub.svc'), 'hub.hub.svc');
  assert.equal(certificate.checkIP('fd00::7'), 'fd00::7');
  assert.ok(
    api.asked.every((asked) => !asked.startsWith('POST')),
    'nothing is made that was not there',
  );
  assert.ok(!JSON.stringify(MAPS.map((path) => api.get(path))).includes('PRIVATE'));
});

test('what nobody has changed is read, and neither written nor served anew; what somebody emptied is written again', async () => {
  const api = cluster();
  const replica = await begin(api);
  api.asked.length = 0;
  assert.equal(await replica.next(new Date(START + HOUR_MS)), undefined);
  assert.deepEqual(api.asked, [...MAPS.map((path) => `GET ${path}`), `GET ${SECRET}`]);
  api.put(ONE, { kind: 'ConfigMap', data: { 'ca.crt': 'x', other: 'y' } });
  assert.equal(await replica.next(new Date(START + HOUR_MS)), undefined);
  assert.ok(isTrusted(handedOut(api), replica.first.certPem, START));
  assert.equal(textAt(api.get(ONE), 'data', 'other'), 'y');
});

test('over the years every certificate is trusted by whoever read the ConfigMap at the look before, of replicas that start at any time too', async () => {
  const api = cluster();
  const old = await begin(api);
  let served = old.first;
  let [issued, rotations] = [0, 0];
  /** What kubelets brought into Pods some time ago. */
  let stale = handedOut(api);
  const look = async (now: number): Promise<boolean> => {
    const before = handedOut(api);
    const next = await old.next(new Date(now));
    served = next?.certificate ?? served;
    if (next !== undefined) issued += 1;
    assert.ok(isTrusted(stale, served.certPem, now), `day ${(now - START) / DAY_MS}`);
    const isRotation = handedOut(api) !== before;
    if (isRotation || next !== undefined)
      assert.ok(isTrusted(stale, (await begin(api, now)).first.certPem, now), 'one that starts now');
    stale = before;
    return isRotation;
  };
  for (let now = START; now < START + 1000 * DAY_MS; now += DAY_MS) {
    if (!(await look(now))) continue;
    rotations += 1;
    for (let minutes = 1; minutes < 240; minutes += 7) await look(now + minutes * 60_000);
  }
  assert.ok(rotations >= 3 && issued > 3 * rotations, `${rotations} authorities, ${issued} certificates`);
});

test('a replica that read the Secret before another replaced the authority does not put the former bundle back', async () => {
  const api = cluster();
  const due = START + 305 * DAY_MS;
  const other = await begin(api);
  let isHeldUp = false;
  const held = await begin(api, START, [], async (request) => {
    const answer = await api.ask(request);
    if (isHeldUp && request.path === SECRET) await other.next(new Date(due + 1));
    return answer;
  });
  const former = handedOut(api);
  isHeldUp = true;
  await held.next(new Date(due - 1));
  for (const path of MAPS) assert.equal(handedOut(api, path).split('BEGIN CERTIFICATE').length, 3);
  assert.ok(handedOut(api).endsWith(former));
});

test('a namespace whose ConfigMap cannot be written holds up no other, is told of once, and keeps the former issuer', async () => {
  const api = cluster();
  const lines: string[] = [];
  const replica = await begin(api, START, lines);
  api.intercept = (request) =>
    request.path === TWO && request.method === 'PATCH' ? status(403, 'forbidden') : undefined;
  const later = START + 306 * DAY_MS;
  const former = handedOut(api, TWO);
  await replica.next(new Date(later));
  for (const hours of [1, 3, 30]) {
    const next = await replica.next(new Date(later + hours * HOUR_MS));
    if (next !== undefined) assert.ok(isTrusted(former, next.certificate.certPem, later));
  }
  assert.notEqual(handedOut(api, ONE), former);
  assert.equal(handedOut(api, TWO), former);
  assert.equal(
    lines.filter((line) => line.includes('ConfigMap two/hub-ca cannot be written: 403')).length,
    1,
  );
  api.intercept = () => undefined;
  await replica.next(new Date(later + 31 * HOUR_MS));
  const settled = await replica.next(new Date(later + 32 * HOUR_MS));
  assert.ok(settled !== undefined && !isTrusted(former, settled.certificate.certPem, later));
});

test('the former issuer is left 30 days before its end, even if a ConfigMap never takes the bundle', async () => {
  const api = cluster();
  const replica = await begin(api);
  api.intercept = (request) =>
    request.path === TWO && request.method === 'PATCH' ? status(403, 'forbidden') : undefined;
  let [served, issued] = [replica.first, 0];
  for (let now = START + 306 * DAY_MS; now < START + 400 * DAY_MS; now += DAY_MS / 2) {
    const next = await replica.next(new Date(now));
    if (next !== undefined) issued += 1;
    served = next?.certificate ?? served;
    assert.ok(isTrusted(handedOut(api), served.certPem, now + 29 * DAY_MS), `day ${(now - START) / DAY_MS}`);
  }
  assert.ok(issued <= 5, `${issued} certificates in 94 days`);
});

test('a ConfigMap that takes no write, as an immutable one, is told of; one that another replica has just written is not', async () => {
  const api = cluster();
  const lines: string[] = [];
  const told = () => lines.filter((line) => line.includes('publishing the authority failed'));
  api.intercept = (request) => {
    if (request.method === 'PATCH') api.put(request.path, { kind: 'ConfigMap', data: { other: 'y' } });
    return undefined;
  };
  const replica = await begin(api, START, lines);
  assert.deepEqual(told(), []);
  api.intercept = (request) =>
    request.path === TWO && request.method === 'PATCH' ? status(422, 'field is immutable') : undefined;
  await replica.next(new Date(START + HOUR_MS));
  await replica.next(new Date(START + 2 * HOUR_MS));
  assert.equal(told().length, 1);
  assert.match(told()[0] ?? '', /ConfigMap two\/hub-ca cannot be written: 422, field is immutable/);
});

test('without a right to its Secret a hub does not begin, and says which', async () => {
  const api = cluster();
  api.intercept = () => status(403, 'secrets "ca" is forbidden');
  await assert.rejects(begin(api), /Secret hub\/ca cannot be read: 403, secrets "ca" is forbidden/);
});
