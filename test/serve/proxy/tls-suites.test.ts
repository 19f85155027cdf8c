/** Of TLS 1.2 only what authenticates and forgets its keys is spoken, with clients and with the API server (R23, R25). */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer, getCiphers } from 'node:tls';
import { test } from 'node:test';
import { listenForReviews } from '../../../src/install/webhook/listener.ts';
import { TLS_PROFILE } from '../../../src/platform/tls-profile.ts';
import { LOOPBACK } from '../../support/certificates.ts';
import { startBoth } from '../../support/proxy.ts';
import { loopbackTarget, send, watchedUpstream } from '../../support/upstream.ts';

/** What Node knows of 1.2 that has CBC, or sends the key encrypted to the certificate. */
const WEAK = getCiphers()
  .filter((name) => !name.startsWith('tls_') && (!/gcm|poly1305/.test(name) || !name.startsWith('ecdhe-')))
  .map((name) => name.toUpperCase());
const STRONG = [
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-CHACHA20-POLY1305',
];

/** The suite that a client gets with these alone, or undefined. */
async function suite(port: number, ciphers: string): Promise<string | undefined> {
  const socket = connect({ host: '127.0.0.1', port, ca: LOOPBACK.ca, ciphers, maxVersion: 'TLSv1.2' });
  const { promise, resolve } = Promise.withResolvers<string | undefined>();
  socket.once('secureConnect', () => resolve(socket.getCipher().name));
  socket.once('error', () => resolve(undefined));
  const found = await promise;
  socket.destroy();
  return found;
}

async function assertStrong(port: number): Promise<void> {
  assert.ok(WEAK.length > 20);
  assert.equal(await suite(port, `${WEAK.join(':')}:@SECLEVEL=0`), undefined);
  for (const name of STRONG) assert.equal(await suite(port, name), name);
}

test('no weak suite is offered, whatever key the certificate has: a hub is given one by others', () => {
  const offered = TLS_PROFILE.ciphers.split(':').filter((name) => !name.startsWith('TLS_'));
  assert.ok(offered.length > 3);
  assert.deepEqual(
    offered.filter((name) => WEAK.includes(name)),
    [],
  );
});

test('a client of the proxy gets no weak suite, after the certificate was renewed neither', async () => {
  await using both = await startBoth({ handler: (_req, res) => res.end() });
  await assertStrong(both.port);
  both.running.proxy.setTls(LOOPBACK.tls);
  await assertStrong(both.port);
});

test('whoever calls the webhook gets no weak suite, after the certificate was renewed neither', async (t) => {
  const certificate = { certPem: LOOPBACK.tls.cert, keyPem: LOOPBACK.tls.key };
  const listener = await listenForReviews({
    host: '127.0.0.1',
    port: 0,
    certificate,
    review: () => Promise.resolve({}),
    refused: () => undefined,
    onConnectionBound: () => undefined,
  });
  t.after(() => listener.close());
  await assertStrong(listener.port);
  listener.setCertificate(certificate);
  await assertStrong(listener.port);
});

test('an API server is offered none', async (t) => {
  const server = createServer({
    ...LOOPBACK.tls,
    maxVersion: 'TLSv1.2',
    ciphers: 'ECDHE-ECDSA-AES128-SHA256',
  });
  server.on('tlsClientError', () => undefined);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  const address = server.address();
  assert.ok(typeof address === 'object' && address !== null);
  await using watched = watchedUpstream(loopbackTarget(address.port));
  await assert.rejects(send(watched.upstream, { target: '/x' }).body, { code: 'tls' });
});
