/** What keeps the API server able to call us: certificate and caBundle, whoever else writes (R44). */
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { setImmediate as turn } from 'node:timers/promises';
import { describe, test } from 'node:test';
import { pino } from 'pino';
import type { CertificateAndKey } from '../../../src/platform/identity/certificates.ts';
import { SharedAuthority } from '../../../src/platform/authority/shared-authority.ts';
import { CaBundle } from '../../../src/install/webhook/ca-bundle.ts';
import { Readiness } from '../../../src/install/webhook/readiness.ts';
import { LOOK_INTERVAL_MS, Upkeep } from '../../../src/install/webhook/upkeep.ts';
import { eventually } from '../../support/api-server.ts';
import { FakeTime } from '../../support/fake-time.ts';
import { entriesAt } from '../../support/json-value.ts';
import { CONFIGURATION, FakeApi, SECRET, status } from './fake-api.ts';

const DAY_MS = 86_400_000;
const START = Date.UTC(2026, 0, 1);
const HOSTS = ['webhook.watchsieve-system.svc', '127.0.0.1'];

/** One replica; its clock stands still but for `pass`. */
class Replica {
  readonly served: CertificateAndKey[] = [];
  readonly readiness = new Readiness();
  readonly lines: string[] = [];
  readonly writes: string[] = [];
  readonly #time = new FakeTime();
  readonly #upkeep: Upkeep;
  #looks = 0;
  #leap = 0;

  constructor(api: FakeApi, { random = 0.5, lifetimeMs = 30 * DAY_MS } = {}) {
    const wallNow = () => START + this.#leap + this.#time.now() - 1000;
    const log = pino({ level: 'info' }, { write: (line: string) => void this.lines.push(line) });
    const secret = { namespace: 'watchsieve-system', name: 'ca' };
    this.#upkeep = new Upkeep({
      authority: new SharedAuthority({
        api,
        secret,
        wallNow,
        log,
        owner: 'watchsieve-webhook',
        keepsPreviousKey: false,
      }),
      bundle: new CaBundle(api, 'watchsieve-webhook'),
      hosts: HOSTS,
      certificateLifetimeMs: lifetimeMs,
      serve: (certificate) => {
        this.served.push(certificate);
        this.readiness.markListening();
        return Promise.resolve();
      },
      readiness: this.readiness,
      metrics: {
        closedCounter: (name) => (result) =>
          name.endsWith('writes_total') ? void this.writes.push(result) : void (this.#looks += 1),
        read: () => undefined,
      },
      log,
      wallNow,
      startTimer: this.#time.startTimer,
      random: () => random,
    });
  }

  begin(): void {
    this.#upkeep.start();
  }

  /** Starts, and waits for the first look. */
  async start(): Promise<this> {
    this.begin();
    await this.#looked(1);
    return this;
  }

  /** @param ms by the timers; when a look falls due, it is waited for */
  async pass(ms: number): Promise<void> {
    const before = this.#looks;
    const timers = this.#time.running;
    this.#time.pass(ms);
    if (this.#time.running < timers) await this.#looked(before + 1);
  }

  /** Days by the clock alone, as for a machine that slept; then one look. */
  async leap(days: number): Promise<void> {
    this.#leap += days * DAY_MS;
    await this.pass(LOOK_INTERVAL_MS);
  }

  stop(): void {
    this.#upkeep.stop();
    assert.equal(this.#time.running, 0);
  }

  get last(): X509Certificate {
    return new X509Certificate(this.served.at(-1)?.certPem ?? assert.fail('none is served'));
  }

  get expirySeconds(): number {
    return this.#upkeep.certificateExpirySeconds;
  }

  get authorityExpirySeconds(): number {
    return this.#upkeep.authorityExpirySeconds;
  }

  note(): string | undefined {
    return this.readiness.checks().find(({ name }) => name === 'configuration')?.note;
  }

  async #looked(times: number): Promise<void> {
    await eventually(() => this.#looks >= times && this.#time.running > 0, 'it has looked');
  }
}

/** Whether a client that trusts what the configuration says accepts what is served. */
function isAccepted(api: FakeApi, { last }: Replica): boolean {
  const authorities = api.bundle().match(/-----BEGIN[^]*?END CERTIFICATE-----/g) ?? [];
  return authorities.some((pem) => last.verify(new X509Certificate(pem).publicKey));
}

function configured(): FakeApi {
  const api = new FakeApi();
  api.configure();
  return api;
}

describe('from nothing', () => {
  test('authority, certificate for 30 days and caBundle are there after one look, and only then it is ready', async () => {
    const api = configured();
    const replica = new Replica(api);
    assert.equal(replica.readiness.state, 'starting');
    await replica.start();
    assert.equal(api.bundle(), api.secret('ca.crt'));
    assert.ok(isAccepted(api, replica));
    for (const host of HOSTS) assert.ok(replica.last.checkHost(host) ?? replica.last.checkIP(host), host);
    assert.equal(replica.expirySeconds, (START + 30 * DAY_MS) / 1000);
    assert.equal(replica.authorityExpirySeconds, (START + 365 * DAY_MS) / 1000);
    assert.equal(replica.readiness.state, 'ready');
    assert.deepEqual(replica.writes, ['written']);
    replica.stop();
  });

  test('many replicas at the same moment: one authority, one bundle, and all are accepted', async () => {
    const api = configured();
    const replicas = await Promise.all(Array.from({ length: 4 }, () => new Replica(api).start()));
    assert.equal(api.bundle(), api.secret('ca.crt'));
    for (const replica of replicas) {
      assert.ok(isAccepted(api, replica));
      assert.equal(replica.readiness.state, 'ready');
      replica.stop();
    }
    assert.equal(new Set(replicas.map(({ last }) => last.fingerprint256)).size, 4, 'each has its own');
  });

  test('a configuration that is applied later is found within seconds; until then there is a certificate, but it is not ready', async () => {
    const api = new FakeApi();
    const replica = await new Replica(api).start();
    assert.equal(replica.served.length, 1);
    assert.equal(replica.readiness.state, 'starting');
    assert.match(replica.note() ?? '', /watchsieve-webhook cannot be read: 404/);
    await replica.pass(1000);
    api.configure();
    await replica.pass(2000);
    assert.equal(replica.readiness.state, 'ready');
    assert.equal(api.bundle(), api.secret('ca.crt'));
    assert.equal(replica.lines.filter((line) => line.includes('upkeep failed')).length, 1, 'said once');
    replica.stop();
  });
});

describe('the bundle', () => {
  test('that somebody cleared or replaced is put back at the next look, other webhooks of the configuration left alone', async () => {
    const api = configured();
    const replica = await new Replica(api).start();
    for (const clientConfig of [{ url: 'https://x' }, { url: 'https://x', caBundle: 'eA==' }]) {
      api.configure([
        { name: 'other.example.org', clientConfig: { caBundle: 'b3RoZXI=' } },
        { name: 'inject.watchsieve.dev', clientConfig },
      ]);
      await replica.pass(LOOK_INTERVAL_MS);
      const caBundle = Buffer.from(api.secret('ca.crt')).toString('base64');
      const { webhooks } = api.get(CONFIGURATION) ?? {};
      assert.deepEqual(webhooks, [
        { name: 'other.example.org', clientConfig: { caBundle: 'b3RoZXI=' } },
        { name: 'inject.watchsieve.dev', clientConfig: { url: 'https://x', caBundle } },
      ]);
      assert.equal(replica.readiness.state, 'ready');
    }
    replica.stop();
  });

  test('is not written where it is right', async () => {
    const api = configured();
    const replica = await new Replica(api).start();
    for (let look = 0; look < 3; look += 1) await replica.pass(LOOK_INTERVAL_MS);
    assert.deepEqual(replica.writes, ['written']);
    assert.deepEqual(
      api.asked.slice(-6),
      Array.from({ length: 3 }, () => [`GET ${CONFIGURATION}`, `GET ${SECRET}`]).flat(),
    );
    replica.stop();
  });

  test('is never written onto what somebody else wrote meanwhile: it is read again', async () => {
    const api = configured();
    let others = 2;
    api.intercept = ({ method }) => {
      if (method === 'PATCH' && others-- > 0)
        api.configure([{ name: 'inject.watchsieve.dev', clientConfig: { others } }]);
      return undefined;
    };
    const replica = await new Replica(api).start();
    assert.deepEqual(replica.writes, ['conflict', 'conflict', 'written']);
    const clientConfig = entriesAt(api.get(CONFIGURATION), 'webhooks', 0, 'clientConfig');
    assert.deepEqual(
      clientConfig.map(([key]) => key),
      ['others', 'caBundle'],
    );
    assert.equal(replica.readiness.state, 'ready');
    replica.stop();
  });

  test('that may not be written, or has no place, makes it not ready and is said', async () => {
    const api = configured();
    api.intercept = ({ method }) => (method === 'PATCH' ? status(403, 'forbidden') : undefined);
    const replica = await new Replica(api).start();
    assert.equal(replica.readiness.state, 'starting');
    assert.match(replica.note() ?? '', /cannot be written: 403, forbidden/);
    assert.deepEqual(replica.writes, ['failed']);
    api.intercept = () => undefined;
    api.configure([{ name: 'other.example.org', clientConfig: {} }]);
    await replica.pass(1000);
    assert.match(replica.note() ?? '', /has no webhook inject\.watchsieve\.dev/);
    api.configure();
    await replica.pass(2000);
    assert.equal(replica.readiness.state, 'ready');
    assert.ok(replica.lines.some((line) => line.includes('upkeep works again')));
    api.configure();
    api.intercept = ({ method }) => (method === 'PATCH' ? status(503, 'overloaded') : undefined);
    await replica.pass(LOOK_INTERVAL_MS);
    assert.equal(replica.readiness.state, 'starting', 'cleared, and not put back yet');
    api.intercept = () => undefined;
    await replica.pass(1000);
    assert.equal(replica.readiness.state, 'ready');
    api.remove(CONFIGURATION);
    await replica.pass(LOOK_INTERVAL_MS);
    assert.equal(replica.readiness.state, 'starting');
    replica.stop();
  });
});

test('an outage of the API server changes nothing about readiness: what was right still is', async () => {
  const api = configured();
  const replica = await new Replica(api).start();
  for (const answer of [() => status(503, 'overloaded'), () => assert.fail('connection refused')]) {
    api.intercept = answer;
    await replica.pass(LOOK_INTERVAL_MS);
    assert.equal(replica.readiness.state, 'ready');
    assert.match(replica.note() ?? '', /overloaded|refused/);
    api.intercept = () => undefined;
    await replica.pass(LOOK_INTERVAL_MS);
    assert.equal(replica.note(), undefined);
  }
  replica.stop();
});

describe('the certificate', () => {
  test('is renewed when a third of its time is left, under the same authority, without a look more than needed', async () => {
    const api = configured();
    const replica = await new Replica(api).start();
    await replica.leap(19);
    assert.equal(replica.served.length, 1);
    await replica.leap(2);
    assert.equal(replica.served.length, 2);
    assert.ok(isAccepted(api, replica));
    assert.equal(api.bundle(), api.secret('ca.crt'));
    replica.stop();
  });

  test('that lives for less than the pause between two looks is renewed in time', async () => {
    const api = configured();
    const replica = await new Replica(api, { lifetimeMs: 15_000 }).start();
    await replica.pass(9_000);
    assert.equal(replica.served.length, 1);
    await replica.pass(1_000);
    assert.equal(replica.served.length, 2);
    replica.stop();
  });

  test('under a new authority is served only a look after the configuration has both', async () => {
    const api = configured();
    const [one, two] = [await new Replica(api).start(), await new Replica(api).start()];
    const old = api.secret('ca.crt');
    // Each renews its certificate on the way, under the old authority.
    await one.leap(306);
    assert.equal(api.bundle(), api.secret('ca.crt') + old);
    assert.ok(one.last.verify(new X509Certificate(old).publicKey));
    assert.ok(isAccepted(api, two), 'the replica that knows nothing of it yet');
    await one.pass(LOOK_INTERVAL_MS);
    assert.ok(one.last.verify(new X509Certificate(api.secret('ca.crt')).publicKey));
    assert.ok(isAccepted(api, one));
    await two.leap(306);
    await two.pass(LOOK_INTERVAL_MS);
    assert.ok(two.last.verify(new X509Certificate(api.secret('ca.crt')).publicKey));
    await one.leap(61);
    assert.equal(api.bundle(), api.secret('ca.crt'), 'the old one has ended');
    assert.ok(isAccepted(api, one));
    one.stop();
    two.stop();
  });

  test('under an authority that is gone and forgotten is replaced at once', async () => {
    const api = configured();
    const [one, two] = [await new Replica(api).start(), new Replica(api)];
    api.remove(SECRET);
    await two.start();
    assert.ok(!isAccepted(api, one));
    await one.pass(LOOK_INTERVAL_MS);
    assert.ok(isAccepted(api, one));
    one.stop();
    two.stop();
  });
});

test('the pause between two looks differs by up to a fifth each way, so that replicas do not keep step', async () => {
  for (const [random, ms] of [
    [0, 24_000],
    [0.75, 33_000],
  ] as const) {
    const api = configured();
    const replica = await new Replica(api, { random }).start();
    const before = api.asked.length;
    await replica.pass(ms - 1);
    assert.equal(api.asked.length, before);
    await replica.pass(1);
    assert.ok(api.asked.length > before);
    replica.stop();
  }
});

test('stopped in the middle of a look it says and serves nothing more', async () => {
  const api = configured();
  const replica = new Replica(api);
  api.intercept = () => {
    replica.stop();
    return assert.fail('broken off');
  };
  replica.begin();
  for (let turns = 0; turns < 5; turns += 1) await turn();
  assert.deepEqual([replica.served, replica.lines], [[], []]);
});
