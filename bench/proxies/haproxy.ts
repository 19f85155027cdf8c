/** HAProxy as a plain pass-through: one thread, HTTP/1.1 to both sides. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Child } from '../../test/support/child.ts';
import { lastingPort } from '../../test/support/lasting-port.ts';
import type { UpstreamServer } from '../end-to-end/server.ts';
import { listening, type ProxyServer } from './proxy.ts';

export async function startHaproxy(upstream: UpstreamServer, folder: string): Promise<ProxyServer> {
  const port = await lastingPort();
  const bundle = join(folder, 'haproxy.pem');
  await writeFile(
    bundle,
    (await readFile(upstream.certFile, 'utf8')) + (await readFile(upstream.keyFile, 'utf8')),
  );
  const file = join(folder, 'haproxy.cfg');
  await writeFile(file, configuration(upstream, bundle, port));
  const child = new Child({ name: 'haproxy', command: 'haproxy', args: ['-db', '-f', file] });
  try {
    await listening(child, port);
    return { child, port, caFile: upstream.caFile, filters: false };
  } catch (error) {
    await child.stop(0);
    throw error;
  }
}

function configuration(upstream: UpstreamServer, bundle: string, port: number): string {
  return `
global
  nbthread 1
defaults
  mode http
  timeout connect 10s
  timeout client 1h
  timeout server 1h
frontend clients
  bind 127.0.0.1:${port} ssl crt ${bundle} alpn http/1.1
  default_backend bench
backend bench
  server upstream 127.0.0.1:${upstream.port} ssl verify required ca-file ${upstream.caFile} alpn http/1.1
`;
}
