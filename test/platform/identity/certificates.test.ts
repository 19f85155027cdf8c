import assert from 'node:assert/strict';
import { once } from 'node:events';
import { X509Certificate } from 'node:crypto';
import { test } from 'node:test';
import { connect, createServer, type TLSSocket } from 'node:tls';
import {
  type CertificateAndKey,
  createCertificateAuthority,
  issueServingCertificate,
} from '../../../src/platform/identity/certificates.ts';

const NOW = new Date();
const HOSTS = ['127.0.0.1', '::1', 'localhost', 'proxy.example'];

/** What a client sees that dials `servername` and trusts `ca`: undefined is a verified connection. */
async function handshake(
  serving: CertificateAndKey,
  ca: string,
  servername: string,
): Promise<string | undefined> {
  const server = createServer({ cert: serving.certPem, key: serving.keyPem }, (socket) => socket.end());
  server.on('tlsClientError', () => undefined);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  assert.ok(typeof address === 'object' && address !== null);
  const client: TLSSocket = connect({
    host: '127.0.0.1',
    port: address.port,
    ca,
    ...(servername === '127.0.0.1' ? {} : { servername }),
  });
  try {
    await once(client, 'secureConnect');
    return undefined;
  } catch (error) {
    assert.ok(error instanceof Error && 'code' in error);
    return String(error.code);
  } finally {
    client.destroy();
    server.close();
    await once(server, 'close');
  }
}

test('a TLS client that trusts the CA verifies the serving certificate by IP and by name (R24)', async () => {
  const ca = await createCertificateAuthority({ now: NOW });
  const serving = await issueServingCertificate(ca, { hosts: HOSTS, now: NOW });
  assert.equal(await handshake(serving, ca.certPem, '127.0.0.1'), undefined);
  assert.equal(await handshake(serving, ca.certPem, 'localhost'), undefined);
  assert.equal(await handshake(serving, ca.certPem, 'proxy.example'), undefined);
});

test('a TLS client refuses a host that is not named and an authority it does not know (R24)', async () => {
  const ca = await createCertificateAuthority({ now: NOW });
  const other = await createCertificateAuthority({ now: NOW });
  const serving = await issueServingCertificate(ca, { hosts: HOSTS, now: NOW });
  assert.equal(await handshake(serving, ca.certPem, 'elsewhere.example'), 'ERR_TLS_CERT_ALTNAME_INVALID');
  assert.equal(await handshake(serving, other.certPem, 'localhost'), 'UNABLE_TO_VERIFY_LEAF_SIGNATURE');
});

test('a serving certificate that has ended is refused (R24)', async () => {
  const ca = await createCertificateAuthority({ now: new Date(NOW.getTime() - 3 * 86_400_000) });
  const serving = await issueServingCertificate(ca, {
    hosts: HOSTS,
    now: new Date(NOW.getTime() - 2 * 86_400_000),
    validDays: 1,
  });
  assert.equal(await handshake(serving, ca.certPem, 'localhost'), 'CERT_HAS_EXPIRED');
});

test('certificates carry what OpenSSL, Node and Go ask for: usages, key identifiers, positive serial numbers', async () => {
  const ca = await createCertificateAuthority({ now: NOW });
  const serving = await issueServingCertificate(ca, { hosts: HOSTS, now: NOW });
  const caCertificate = new X509Certificate(ca.certPem);
  const certificate = new X509Certificate(serving.certPem);

  assert.ok(caCertificate.ca);
  assert.ok(!certificate.ca);
  assert.ok(certificate.checkIssued(caCertificate));
  assert.deepEqual(certificate.keyUsage, ['1.3.6.1.5.5.7.3.1'], 'serverAuth alone');
  assert.equal(
    certificate.subjectAltName,
    'IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1, DNS:localhost, DNS:proxy.example',
  );
  assert.equal(certificate.publicKey.asymmetricKeyDetails?.namedCurve, 'prime256v1');
  for (const { serialNumber } of [caCertificate, certificate]) {
    assert.match(serialNumber, /^[4-7][0-9A-F]{31}$/, 'never negative, never short');
  }
  assert.notEqual(caCertificate.serialNumber, certificate.serialNumber);
});

test('the CA lives ten years, the serving certificate one, both from an hour ago', async () => {
  const now = new Date('2030-06-01T12:00:00Z');
  const ca = await createCertificateAuthority({ now });
  const serving = await issueServingCertificate(ca, { hosts: ['::1'], now });
  assert.equal(new X509Certificate(ca.certPem).validToDate.toISOString(), '2040-05-29T12:00:00.000Z');
  const certificate = new X509Certificate(serving.certPem);
  assert.equal(certificate.validFromDate.toISOString(), '2030-06-01T11:00:00.000Z');
  assert.equal(certificate.validToDate.toISOString(), '2031-06-01T12:00:00.000Z');
});

test('a serving certificate without hosts is refused', async () => {
  const ca = await createCertificateAuthority({ now: NOW, commonName: 'test' });
  await assert.rejects(issueServingCertificate(ca, { hosts: [], now: NOW }), /at least one host/);
});
