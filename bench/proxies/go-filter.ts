/** The comparison proxy of bench/go-proxy: decodes, filters and encodes with client-go's serializers. */
import { Child } from '../../test/support/child.ts';
import { numberAt, parseJson } from '../../test/support/json-value.ts';
import type { UpstreamServer } from '../end-to-end/server.ts';
import type { ProxyServer } from './proxy.ts';

const START_TIMEOUT_MS = 20_000;

export async function startGoFilter(program: string, upstream: UpstreamServer): Promise<ProxyServer> {
  const child = new Child({
    name: 'Go filter',
    command: program,
    args: [
      `--upstream=https://127.0.0.1:${upstream.port}`,
      `--ca=${upstream.caFile}`,
      `--cert=${upstream.certFile}`,
      `--key=${upstream.keyFile}`,
    ],
  });
  try {
    const line = await child.stdout.waitFor('port', (text) => text.includes('"port"'), START_TIMEOUT_MS);
    return { child, port: numberAt(parseJson(line), 'port'), caFile: upstream.caFile, filters: true };
  } catch (error) {
    await child.stop(0);
    throw error;
  }
}
