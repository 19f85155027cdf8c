/**
 * `npm run test:attacks`: each attack against the built program under the manifests' memory limit, and what everybody
 * else noticed of it (R27). Exit code 1 where somebody did.
 */
import { readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { buildProgram } from '../e2e/program.ts';
import { Child } from '../support/child.ts';
import type { Attack } from './attack.ts';
import { ATTACKS } from './attacks.ts';
import { ClientsOfProxy } from './bystanders.ts';
import { CallersOfWebhook } from './callers-of-webhook.ts';
import { ClientsOfHub } from './clients-of-hub.ts';
import { HUB_LIMIT_BYTES } from './hub-manifest.ts';
import { LIMIT_BYTES, limitMemory } from './memory-limit.ts';
import { startHub, startProxy, startWebhook } from './product.ts';
import { problemsOf, renderTable, type Row } from './table.ts';

const ATTACKER = join(import.meta.dirname, 'attacker.ts');
/** How each command is started, who else is its client, and what memory it may have. */
const VICTIMS = {
  serve: { begin: startProxy, Others: ClientsOfProxy, limitBytes: LIMIT_BYTES },
  webhook: { begin: startWebhook, Others: CallersOfWebhook, limitBytes: LIMIT_BYTES },
  hub: { begin: startHub, Others: ClientsOfHub, limitBytes: HUB_LIMIT_BYTES },
} as const;
/** An attacker that does not come to its end by itself is ended (milliseconds). */
const LONGEST_MS = 60_000;

const { values } = parseArgs({
  options: { only: { type: 'string' }, program: { type: 'string' } },
});
const wanted = values.only?.split(',');
const attacks = ATTACKS.filter(({ name }) => wanted === undefined || wanted.includes(name));
if (attacks.length === 0) throw new Error(`--only: one of ${ATTACKS.map(({ name }) => name).join(', ')}`);
const program = values.program ?? (await buildProgram());
const rows: Row[] = [];
for (const attack of attacks) {
  const row = await suffer(attack);
  rows.push(row);
  process.stderr.write(`${attack.name}: ${problemsOf(row).join('; ') || 'nobody noticed'}\n`);
}
process.stdout.write(renderTable(rows));
process.exitCode = rows.some((row) => problemsOf(row).length > 0) ? 1 : 0;

async function suffer(attack: Attack): Promise<Row> {
  const folder = await mkdtemp(join(tmpdir(), 'watchsieve-attack-'));
  const { begin, Others, limitBytes } = VICTIMS[attack.victim ?? 'serve'];
  const limit = limitMemory(limitBytes);
  try {
    const { args = [], cluster } = attack;
    await using product = await begin({ program, folder, args, limit, cluster });
    const { child, target } = product;
    const bystanders = new Others(target);
    await bystanders.ready();
    const before = mainThread(child.pid);
    const attacker = new Child({
      name: attack.name,
      command: process.execPath,
      args: [ATTACKER, attack.name, JSON.stringify(target)],
    });
    const connections = watchConnections(target.adminPort);
    const late = setTimeout(() => attacker.signal('SIGKILL'), LONGEST_MS);
    const code = await attacker.exited;
    clearTimeout(late);
    const peak = child.hasExited ? undefined : await peakRss(child.pid);
    const after = child.hasExited ? before : mainThread(child.pid);
    const exit = child.hasExited ? await child.exited : undefined;
    const seen = await bystanders.stop();
    // One that was too slow has attacked all the same.
    if (code !== 0 && code !== 'SIGKILL')
      throw new Error(`the attacker failed (${code}):\n${attacker.stderr.lines.join('\n')}`);
    return {
      attack,
      seen,
      exit,
      peakBytes: peak,
      upstreamConnections: await connections.stop(),
      waitedShare: shareOfWaiting(before, after),
      limitBytes,
      isLimited: limit !== undefined,
    };
  } finally {
    limit?.remove();
    await rm(folder, { recursive: true, force: true });
  }
}

interface Scheduled {
  readonly ranNanos: number;
  readonly waitedNanos: number;
}

/** How long the main thread of a process ran, and was ready to run while others had the processors. */
function mainThread(pid: number): Scheduled {
  const [ranNanos = NaN, waitedNanos = NaN] = readFileSync(`/proc/${pid}/schedstat`, 'utf8')
    .split(' ')
    .map(Number);
  return { ranNanos, waitedNanos };
}

function shareOfWaiting(before: Scheduled, after: Scheduled): number {
  const waited = after.waitedNanos - before.waitedNanos;
  return waited / (waited + after.ranNanos - before.ranNanos);
}

/** The most resident memory that a process ever had. */
async function peakRss(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024;
}

/** The most connections upstream that the program admits to, asked each second. */
function watchConnections(adminPort: number): { readonly stop: () => Promise<number> } {
  let most = 0;
  const ask = async (): Promise<void> => {
    try {
      const scrape = await fetch(`http://127.0.0.1:${adminPort}/metrics`, {
        signal: AbortSignal.timeout(5000),
      });
      most = Math.max(
        most,
        Number(/^watchsieve_upstream_connections (\d+)/m.exec(await scrape.text())?.[1] ?? 0),
      );
    } catch {
      // Who cannot answer is noticed by the bystanders.
    }
  };
  const timer = setInterval(() => void ask(), 1000);
  return {
    stop: async () => {
      clearInterval(timer);
      await ask();
      return most;
    },
  };
}
