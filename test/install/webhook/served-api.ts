/** The {@link FakeApi} over TLS, for a whole webhook: as a process, or in the test's own. */
import assert from 'node:assert/strict';
import { stringify } from 'yaml';
import type { ApiRequest } from '../../../src/platform/upstream/api-client.ts';
import { type ApiRequest as HttpRequest, startApiServer } from '../../support/api-server.ts';
import { LOOPBACK } from '../../support/certificates.ts';
import { parseJson } from '../../support/json-value.ts';
import type { FakeApi } from './fake-api.ts';

export const TOKEN = 'planted-secret-token';

export interface ServedApi {
  /** Leads there, as a text. */
  readonly kubeconfig: string;
  readonly port: number;
  close(): Promise<void>;
}

export async function serveFakeApi(api: FakeApi): Promise<ServedApi> {
  const server = await startApiServer({
    http1Only: true,
    handler: (req, res) => {
      readRequest(req)
        .then((asked) => (asked.token === `Bearer ${TOKEN}` ? api.ask(asked) : { status: 401, body: {} }))
        .then(({ status, body }) => res.writeHead(status).end(JSON.stringify(body)), assert.ifError);
    },
  });
  const { port } = server;
  return { kubeconfig: kubeconfigFor(port), port, close: async () => server[Symbol.asyncDispose]() };
}

function kubeconfigFor(port: number): string {
  return stringify({
    'current-context': 'x',
    contexts: [{ name: 'x', context: { cluster: 'x', user: 'x' } }],
    clusters: [
      {
        name: 'x',
        cluster: {
          server: `https://127.0.0.1:${port}`,
          'certificate-authority-data': Buffer.from(LOOPBACK.ca).toString('base64'),
        },
      },
    ],
    users: [{ name: 'x', user: { token: TOKEN } }],
  });
}

async function readRequest(req: HttpRequest): Promise<ApiRequest & { readonly token: string | undefined }> {
  const text = Buffer.concat(await req.toArray()).toString();
  const method = (['GET', 'POST', 'PUT', 'PATCH'] as const).find((known) => known === req.method) ?? 'GET';
  return {
    method,
    path: req.url,
    body: text === '' ? undefined : parseJson(text),
    token: req.headers.authorization,
  };
}
