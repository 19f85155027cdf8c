/** What is lent after the kubeconfig has changed: never what would not have been lent at the start (R23, R25). */
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { kubeconfigCredentials } from '../../../src/platform/upstream/kubeconfig-credentials.ts';
import type { Credentials } from '../../../src/platform/upstream/credentials.ts';

type User = Readonly<Record<string, unknown>>;

interface Lent {
  readonly credentials: Credentials;
  readonly folder: string;
  readonly rewrite: (user: User, server?: string) => Promise<void>;
  /** How often another certificate was told of. */
  readonly changes: () => number;
}

async function lent(t: TestContext, user: User): Promise<Lent> {
  const folder = await mkdtemp(join(tmpdir(), 'watchsieve-credentials-'));
  t.after(() => rm(folder, { recursive: true }));
  const file = join(folder, 'config');
  const rewrite = (now: User, server = 'https://a.example'): Promise<void> => {
    const config = {
      'current-context': 'c',
      contexts: [{ name: 'c', context: { cluster: 'k', user: 'u' } }],
      clusters: [{ name: 'k', cluster: { server } }],
      users: [{ name: 'u', user: now }],
    };
    return writeFile(file, JSON.stringify(config));
  };
  await rewrite(user);
  let changes = 0;
  const credentials = await kubeconfigCredentials({
    files: file,
    context: undefined,
    env: {},
    now: () => 0,
  });
  credentials.onCertificateChange?.(() => changes++);
  return { credentials, folder, rewrite, changes: () => changes };
}

const exec = { apiVersion: 'client.authentication.k8s.io/v1', command: '/nonexistent' };

for (const [what, user, server] of [
  ['impersonates', { token: 'admin', as: 'viewer' }],
  ['impersonates groups', { token: 'admin', 'as-groups': ['viewers'] }],
  ['impersonates a uid', { token: 'admin', 'as-uid': '1' }],
  ['impersonates extra fields', { token: 'admin', 'as-user-extra': { scopes: ['few'] } }],
  ['has an auth-provider', { token: 'admin', 'auth-provider': { name: 'gcp' } }],
  ['has a plugin beside its token', { token: 'stale', exec }],
  ['has a plugin', { exec }],
  ['is for another server', { token: 'of-b' }, 'https://b.example'],
  [
    'has a certificate for another server',
    { 'client-certificate-data': 'eA==', 'client-key-data': 'eA==' },
    'https://b.example',
  ],
  ['has no credentials', {}],
] as const satisfies readonly (readonly [string, User, string?])[])
  test(`a kubeconfig that now ${what} changes nothing before the next start (R23)`, async (t) => {
    const { credentials, rewrite, changes } = await lent(t, { token: 'one' });
    assert.equal(await credentials.authorization(), 'Bearer one');
    await rewrite(user, server);
    assert.equal(await credentials.authorization(), 'Bearer one');
    assert.equal(await credentials.certificate(), undefined);
    assert.equal(changes(), 0);
    await rewrite({ token: 'two', as: '', 'as-groups': [], exec: null });
    assert.equal(await credentials.authorization(), 'Bearer two');
  });

const inline = (name: string): User => ({
  'client-certificate-data': Buffer.from(`cert of ${name}`).toString('base64'),
  'client-key-data': Buffer.from(`key of ${name}`).toString('base64'),
});

test('another certificate in the kubeconfig, or none any more, is told of once, before the next request (R23)', async (t) => {
  const { credentials, rewrite, changes } = await lent(t, inline('jane'));
  for (let i = 0; i < 3; i++) {
    assert.equal((await credentials.certificate())?.certPem, 'cert of jane');
    assert.equal(await credentials.authorization(), undefined);
  }
  assert.equal(changes(), 0);
  const rotations: readonly [User, string | undefined, string | undefined][] = [
    [inline('joan'), undefined, 'cert of joan'],
    [{ ...inline('joe'), token: 'x' }, 'Bearer x', 'cert of joe'],
    [{ token: 'x' }, 'Bearer x', undefined],
    [inline('jane'), undefined, 'cert of jane'],
  ];
  for (const [at, [user, authorization, certPem]] of rotations.entries()) {
    await rewrite(user);
    assert.equal(await credentials.authorization(), authorization);
    assert.equal(changes(), at + 1);
    assert.equal((await credentials.certificate())?.certPem, certPem);
    assert.equal(changes(), at + 1);
  }
});

test('another certificate in a file is told of; one that is missing for a moment is not, and stops no request (R23)', async (t) => {
  const { credentials, folder, rewrite, changes } = await lent(t, { token: 'x' });
  const [certFile, keyFile] = [join(folder, 'tls.crt'), join(folder, 'tls.key')];
  await writeFile(certFile, 'first');
  await writeFile(keyFile, 'key');
  assert.equal(await credentials.certificate(), undefined);
  await rewrite({ token: 'x', 'client-certificate': certFile, 'client-key': keyFile });
  assert.equal(await credentials.authorization(), 'Bearer x');
  assert.equal(changes(), 1);
  await rm(certFile);
  assert.equal(await credentials.authorization(), 'Bearer x');
  await assert.rejects(credentials.certificate(), { name: 'CredentialsError' });
  await writeFile(certFile, 'first');
  assert.equal(await credentials.authorization(), 'Bearer x');
  assert.equal(changes(), 1);
  await writeFile(certFile, 'second');
  assert.equal(await credentials.authorization(), 'Bearer x');
  assert.equal(changes(), 2);
  assert.deepEqual(await credentials.certificate(), { certPem: 'second', keyPem: 'key' });
});
