import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, readlink, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { SERVICE_ACCOUNT_FOLDER, STATE_DIR } from '../../../src/install/inject/names.ts';
import { serviceAccountPath, writeServiceAccount } from '../../../src/platform/identity/service-account.ts';

const OWN = '-----BEGIN CERTIFICATE-----\nown\n-----END CERTIFICATE-----\n';
const THEIRS = '-----BEGIN CERTIFICATE-----\ntheirs\n-----END CERTIFICATE-----';

async function scene(t: TestContext) {
  const stateDir = await mkdtemp(join(tmpdir(), 'watchsieve-'));
  t.after(() => rm(stateDir, { recursive: true }));
  const folder = serviceAccountPath(stateDir);
  const write = (clusterCa: { readonly pem: string | undefined } | 'unknown', tokenFile = '/a/token') =>
    writeServiceAccount({ stateDir, caPem: OWN, clusterCa, namespace: 'here', tokenFile });
  return { folder, write, bundle: () => readFile(join(folder, 'ca.crt'), 'utf8') };
}

test('what inject mounts for clients is where it is written', () => {
  assert.equal(serviceAccountPath(STATE_DIR), `${STATE_DIR}/${SERVICE_ACCOUNT_FOLDER}`);
});

test('what is there already stays as it is, file by file, and a link is led elsewhere', async (t) => {
  const { folder, write, bundle } = await scene(t);
  await write({ pem: THEIRS });
  assert.equal(await bundle(), `${OWN}${THEIRS}\n`);
  const identity = async (name: string) => (await stat(join(folder, name))).ino;
  const before = [await identity('ca.crt'), await identity('namespace')];
  await write({ pem: THEIRS }, '/b/token');
  assert.deepEqual([await identity('ca.crt'), await identity('namespace')], before);
  assert.equal(await readlink(join(folder, 'token')), '/b/token');
});

test('CAs that are not known leave those that were, but never in front of another CA of ours', async (t) => {
  const { folder, write, bundle } = await scene(t);
  await write('unknown');
  assert.equal(await bundle(), OWN);
  await write({ pem: THEIRS });
  await write('unknown');
  assert.equal(await bundle(), `${OWN}${THEIRS}\n`);
  await writeFile(join(folder, 'ca.crt'), THEIRS);
  await write('unknown');
  assert.equal(await bundle(), OWN);
  await write({ pem: undefined });
  assert.equal(await bundle(), OWN, 'an API server under an authority that everybody knows');
});

test('what others have put in the place of a file is refused, and never followed', async (t) => {
  const { folder, write } = await scene(t);
  await mkdir(folder);
  await symlink('/etc/hostname', join(folder, 'ca.crt'));
  await assert.rejects(write({ pem: THEIRS }), /ca\.crt is a link/);
  await rm(join(folder, 'ca.crt'));
  await mkdir(join(folder, 'token'));
  await assert.rejects(write({ pem: THEIRS }), { name: 'StateDirError' });
});
