/**
 * nginx as a plain pass-through: one process, buffering off; HTTP/1.1 or HTTP/2 from clients, HTTP/1.1 with keep-alive to
 * upstream.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Child } from '../../test/support/child.ts';
import { lastingPort } from '../../test/support/lasting-port.ts';
import type { UpstreamServer } from '../end-to-end/server.ts';
import { listening, type ProxyServer } from './proxy.ts';

export async function startNginx(
  upstream: UpstreamServer,
  folder: string,
  connections = 256,
): Promise<ProxyServer> {
  const port = await lastingPort();
  const file = join(folder, 'nginx.conf');
  await writeFile(file, configuration(upstream, folder, port, connections));
  const args = ['-p', folder, '-e', 'stderr', '-c', file];
  const child = new Child({ name: 'nginx', command: 'nginx', args });
  try {
    await listening(child, port);
    return { child, port, caFile: upstream.caFile, filters: false };
  } catch (error) {
    await child.stop(0);
    throw error;
  }
}

function configuration(upstream: UpstreamServer, folder: string, port: number, connections: number): string {
  const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  return `
daemon off;
# A worker would outlive a master that is killed, and keep the pipes open whose end tells that nginx has ended.
master_process off;
pid ${folder}/nginx.pid;
error_log stderr warn;
events { worker_connections ${connections}; }
http {
  access_log off;
  ${paths.map((path) => `${path}_temp_path ${folder}/nginx-${path};`).join('\n  ')}
  upstream bench { server 127.0.0.1:${upstream.port}; keepalive 8; }
  server {
    listen 127.0.0.1:${port} ssl http2 backlog=4096;
    ssl_certificate ${upstream.certFile};
    ssl_certificate_key ${upstream.keyFile};
    location / {
      proxy_pass https://bench;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header Host localhost;
      proxy_buffering off;
      proxy_read_timeout 1h;
      proxy_ssl_verify on;
      proxy_ssl_trusted_certificate ${upstream.caFile};
      proxy_ssl_name localhost;
      proxy_ssl_server_name on;
      proxy_ssl_protocols TLSv1.3;
      proxy_ssl_session_reuse on;
    }
  }
}
`;
}
