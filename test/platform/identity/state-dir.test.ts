import assert from 'node:assert/strict';
import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { createCertificateAuthority } from '../../../src/platform/identity/certificates.ts';
import { ensureIdentity } from '../../../src/platform/identity/state-dir.ts';

const NOW = new Date('2030-01-01T00:00:00Z');
const HOSTS = ['127.0.0.1', 'localhost'];
const DAY_MS = 86_400_000;

const daysLater = (days: number) => new Date(NOW.getTime() + days * DAY_MS);

async function stateDir(t: TestContext): Promise<string> {
  const base = await mkdtemp(join(tmpdir(), 'watchsieve-'));
  t.after(() => rm(base, { recursive: true }));
  return join(base, 'run', 'state');
}

async function modes(dir: string): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const name of (await readdir(dir)).sort()) {
    found[name] = ((await stat(join(dir, name))).mode & 0o777).toString(8);
  }
  return found;
}

test('the first start makes CA and serving certificate, keys 0600 and the rest 0644 even under umask 077 (R24)', async (t) => {
  const before = process.umask(0o077);
  t.after(() => process.umask(before));
  const dir = await stateDir(t);
  const identity = await ensureIdentity({ stateDir: dir, hosts: HOSTS, now: NOW });

  assert.equal(identity.created, 'made');
  assert.equal(identity.reason, 'ca.crt does not exist');
  assert.deepEqual(await modes(dir), {
    'ca.crt': '644',
    'ca.key': '600',
    'tls.crt': '644',
    'tls.key': '600',
  });
  assert.equal((await stat(dir)).mode & 0o777, 0o755, 'the client is another user and must get in');
  assert.equal(await readFile(join(dir, 'ca.crt'), 'utf8'), identity.caPem);
  assert.equal(await readFile(join(dir, 'tls.crt'), 'utf8'), identity.certPem);
  assert.equal(await readFile(join(dir, 'tls.key'), 'utf8'), identity.keyPem);
});

test('the next start reuses everything (R24)', async (t) => {
  const dir = await stateDir(t);
  const first = await ensureIdentity({ stateDir: dir, hosts: HOSTS, now: NOW });
  const second = await ensureIdentity({ stateDir: dir, hosts: HOSTS, now: daysLater(300) });
  assert.deepEqual(second, { ...first, created: 'reused', reason: undefined });
});

test('within 30 days of its end the serving certificate is renewed under the same CA (R24)', async (t) => {
  const dir = await stateDir(t);
  const first = await ensureIdentity({ stateDir: dir, hosts: HOSTS, now: NOW });
  const second = await ensureIdentity({ stateDir: dir, hosts: HOSTS, now: daysLater(336) });
  assert.equal(second.created, 'renewed');
  assert.equal(second.reason, 'tls.crt ends at Jan  1 00:00:00 2031 GMT');
  assert.equal(second.caPem, first.caPem);
  assert.notEqual(second.certPem, first.certPem);
});

test('a CA near its end, or from the future of a clock that was wrong, is made anew', async (t) => {
  const dir = await stateDir(t);
  await ensureIdentity({ stateDir: dir, hosts: HOSTS, now: NOW });
  const late = await ensureIdentity({ stateDir: dir, hosts: HOSTS, now: daysLater(3640) });
  assert.equal(late.created, 'made');
  assert.match(late.reason ?? '', /^ca\.crt ends at /);
  const early = await ensureIdentity({ stateDir: dir, hosts: HOSTS, now: NOW });
  assert.equal(early.created, 'made');
  assert.match(early.reason ?? '', /^ca\.crt is not valid before /);
});

test('a new host is named by a renewed certificate', async (t) => {
  const dir = await stateDir(t);
  await ensureIdentity({ stateDir: dir, hosts: HOSTS, now: NOW });
  const second = await ensureIdentity({ stateDir: dir, hosts: [...HOSTS, '::1'], now: NOW });
  assert.equal(second.created, 'renewed');
  assert.equal(second.reason, 'tls.crt does not name ::1');
});

interface Damage {
  readonly what: string;
  readonly damage: (dir: string) => Promise<unknown>;
  readonly created: 'reused' | 'renewed' | 'made';
  readonly reason: string;
}

const DAMAGES: readonly Damage[] = [
  {
    what: 'ca.key is gone',
    damage: (d) => rm(join(d, 'ca.key')),
    created: 'reused',
    reason: 'ca.key does not exist',
  },
  {
    what: 'ca.crt is empty',
    damage: (d) => writeFile(join(d, 'ca.crt'), ''),
    created: 'made',
    reason: 'ca.crt is not a certificate',
  },
  {
    what: 'ca.key is half written',
    damage: (d) => truncate(join(d, 'ca.key')),
    created: 'reused',
    reason: 'ca.key is not a private key',
  },
  {
    what: 'ca.key is of another CA',
    damage: async (d) =>
      writeFile(join(d, 'ca.key'), (await createCertificateAuthority({ now: NOW })).keyPem),
    created: 'reused',
    reason: 'ca.key does not belong to ca.crt',
  },
  {
    what: 'ca.crt is a serving certificate',
    damage: async (d) => {
      await copy(d, 'tls.crt', 'ca.crt');
      await copy(d, 'tls.key', 'ca.key');
    },
    created: 'made',
    reason: 'ca.crt is not a certificate authority',
  },
  {
    what: 'tls.crt is gone',
    damage: (d) => rm(join(d, 'tls.crt')),
    created: 'renewed',
    reason: 'tls.crt does not exist',
  },
  {
    what: 'tls.crt is half written',
    damage: (d) => truncate(join(d, 'tls.crt')),
    created: 'renewed',
    reason: 'tls.crt is not a certificate',
  },
  {
    what: 'tls.key is of another certificate',
    damage: (d) => copy(d, 'ca.key', 'tls.key'),
    created: 'renewed',
    reason: 'tls.key does not belong to tls.crt',
  },
  {
    what: 'the CA was replaced',
    damage: async (d) => {
      const ca = await createCertificateAuthority({ now: NOW });
      await writeFile(join(d, 'ca.crt'), ca.certPem);
      await writeFile(join(d, 'ca.key'), ca.keyPem);
    },
    created: 'renewed',
    reason: 'tls.crt was not issued by ca.crt',
  },
];

async function truncate(path: string): Promise<void> {
  await writeFile(path, (await readFile(path, 'utf8')).slice(0, 100));
}

async function copy(dir: string, from: string, to: string): Promise<void> {
  await writeFile(join(dir, to), await readFile(join(dir, from), 'utf8'));
}

for (const { what, damage, created, reason } of DAMAGES) {
  test(`when ${what}, the identity is ${created} and says why, and the start after that reuses it (R24)`, async (t) => {
    const dir = await stateDir(t);
    await ensureIdentity({ stateDir: dir, hosts: HOSTS, now: NOW });
    await damage(dir);
    const repaired = await ensureIdentity({ stateDir: dir, hosts: HOSTS, now: NOW });
    assert.equal(repaired.created, created);
    assert.equal(repaired.reason, reason);
    const again = await ensureIdentity({ stateDir: dir, hosts: HOSTS, now: NOW });
    assert.equal(again.created, 'reused');
    assert.equal(again.certPem, repaired.certPem);
  });
}

test('an authority without its key is kept for as long as its last certificate serves, then replaced (R24)', async (t) => {
  const dir = await stateDir(t);
  const first = await ensureIdentity({ stateDir: dir, hosts: HOSTS, now: NOW });
  await rm(join(dir, 'ca.key'));
  const kept = await ensureIdentity({ stateDir: dir, hosts: HOSTS, now: daysLater(300) });
  assert.equal(kept.caPem, first.caPem);
  const replaced = await ensureIdentity({ stateDir: dir, hosts: HOSTS, now: daysLater(340) });
  assert.equal(replaced.created, 'made');
  assert.equal(replaced.reason, 'ca.key does not exist');
});

const WRITTEN = ['ca.key', 'ca.crt', 'tls.key', 'tls.crt'] as const;

for (let written = 0; written <= WRITTEN.length; written++)
  test(`killed after ${written} of the 4 files of a new identity, the next start repairs what does not fit ca.crt (R24)`, async (t) => {
    const dir = await stateDir(t);
    const other = await stateDir(t);
    // The old one has come to its end: all of it has to be made anew.
    await ensureIdentity({ stateDir: dir, hosts: HOSTS, now: daysLater(-3640) });
    await ensureIdentity({ stateDir: other, hosts: HOSTS, now: NOW });
    for (const file of WRITTEN.slice(0, written))
      await writeFile(join(dir, file), await readFile(join(other, file)));
    const caBefore = await readFile(join(dir, 'ca.crt'), 'utf8');
    const repaired = await ensureIdentity({ stateDir: dir, hosts: HOSTS, now: NOW });
    assert.equal(repaired.created, written < 2 ? 'made' : written < 4 ? 'renewed' : 'reused');
    if (written >= 2) assert.equal(repaired.caPem, caBefore, 'clients may have read it');
    assert.equal((await ensureIdentity({ stateDir: dir, hosts: HOSTS, now: NOW })).reason, undefined);
  });

test('while serving, the authority that clients know is never replaced, whatever lies in the directory (R24)', async (t) => {
  const dir = await stateDir(t);
  const { caPem: knownCaPem } = await ensureIdentity({ stateDir: dir, hosts: HOSTS, now: NOW });
  const renew = (now: Date) => ensureIdentity({ stateDir: dir, hosts: HOSTS, now, knownCaPem });
  const renewed = await renew(daysLater(340));
  assert.equal(renewed.created, 'renewed');
  assert.equal(renewed.caPem, knownCaPem);
  // The clock was set back, before all of it.
  await assert.rejects(renew(daysLater(-10)), {
    name: 'StateDirError',
    message: /^cannot renew the serving certificate: ca\.crt is not valid before .*; restart watchsieve/,
  });
  await rm(join(dir, 'ca.key'));
  await assert.rejects(renew(daysLater(700)), { message: /ca\.key does not exist; restart/ });
  await rm(join(dir, 'ca.crt'));
  await assert.rejects(renew(daysLater(700)), { message: /ca\.crt does not exist; restart/ });
  const other = await createCertificateAuthority({ now: NOW });
  await writeFile(join(dir, 'ca.crt'), other.certPem);
  await writeFile(join(dir, 'ca.key'), other.keyPem);
  await assert.rejects(renew(daysLater(100)), { message: /not the authority that clients know; restart/ });
});

test('modes that were lost are restored, and what a killed process left behind is replaced', async (t) => {
  const dir = await stateDir(t);
  await ensureIdentity({ stateDir: dir, hosts: HOSTS, now: NOW });
  await chmod(join(dir, 'ca.key'), 0o644);
  await chmod(join(dir, 'ca.crt'), 0o600);
  await rm(join(dir, 'tls.crt'));
  await writeFile(join(dir, '.tls.crt.tmp'), 'half');
  await ensureIdentity({ stateDir: dir, hosts: HOSTS, now: NOW });
  assert.deepEqual(await modes(dir), {
    'ca.crt': '644',
    'ca.key': '600',
    'tls.crt': '644',
    'tls.key': '600',
  });
});

test('a state directory that cannot be made is an error that names the path and the setting', async (t) => {
  const dir = await stateDir(t);
  await ensureIdentity({ stateDir: dir, hosts: HOSTS, now: NOW });
  await assert.rejects(ensureIdentity({ stateDir: join(dir, 'ca.crt', 'x'), hosts: HOSTS, now: NOW }), {
    name: 'StateDirError',
    message: /^cannot create directory .*ca\.crt\/x: ENOTDIR.* \(see --state-dir\)$/,
  });
});
