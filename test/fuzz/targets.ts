/** All that is fuzzed. */
import type { Target } from './target.ts';
import { kubeconfigTargets, settingsTarget } from './targets/config.ts';
import { connectionTarget } from './targets/connection.ts';
import { essenceTarget } from './targets/essence.ts';
import { gzipTarget } from './targets/gzip.ts';
import { headersTarget } from './targets/headers.ts';
import { listTarget } from './targets/list.ts';
import { requestTarget } from './targets/request.ts';
import { scanTarget } from './targets/scan.ts';
import { sieveTarget } from './targets/sieve.ts';
import { splitterTarget } from './targets/splitter.ts';
import { websocketTarget } from './targets/websocket.ts';

export const TARGETS: readonly Target[] = [
  splitterTarget,
  websocketTarget,
  scanTarget('json'),
  scanTarget('protobuf'),
  essenceTarget('json'),
  essenceTarget('protobuf'),
  sieveTarget('json'),
  sieveTarget('protobuf'),
  listTarget('json'),
  listTarget('protobuf'),
  gzipTarget,
  requestTarget,
  headersTarget,
  settingsTarget,
  kubeconfigTargets,
  connectionTarget,
];

/** @throws Error for a name that no target has */
export function targetNamed(name: string): Target {
  const target = TARGETS.find((known) => known.name === name);
  if (target === undefined)
    throw new Error(`no target ${name}: there are ${TARGETS.map((t) => t.name).join(', ')}`);
  return target;
}
