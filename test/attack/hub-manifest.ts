/** What the hub's manifest says of its container: how it is started, and what memory it may have. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { listAt, textAt } from '../support/json-value.ts';

const MANIFEST = join(import.meta.dirname, '../../manifests/hub/deployment.yaml');
/** Where it listens, and by which certificate, depends on the machine. */
const OF_THE_POD = /^(serve$|--(listen|metrics-listen|tls-cert-file|tls-private-key-file)=)/;

const container = listAt(parse(readFileSync(MANIFEST, 'utf8')), 'spec', 'template', 'spec', 'containers')[0];

export const HUB_ARGS = listAt(container, 'args')
  .map(String)
  .filter((arg) => !OF_THE_POD.test(arg));

const [, gibibytes] = /^(\d+)Gi$/.exec(textAt(container, 'resources', 'limits', 'memory')) ?? [];
export const HUB_LIMIT_BYTES = Number(gibibytes) * 1024 ** 3;
