/**
 * A state directory as an earlier start has left it, its certificates made once per process: to make them takes a start
 * longer than all else it does. What a first start makes is tested in test/platform/identity and certificates.test.ts.
 */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { servingHosts } from '../../src/platform/identity/hosts.ts';
import { ensureIdentity } from '../../src/platform/identity/state-dir.ts';

const CERTIFICATES = ['ca.crt', 'ca.key', 'tls.crt', 'tls.key'];

let made: Promise<ReadonlyMap<string, string>> | undefined;

export async function prepareState(stateDir: string): Promise<void> {
  made ??= makeOnce();
  await mkdir(stateDir, { mode: 0o700 });
  for (const [name, text] of await made) {
    const mode = name.endsWith('.crt') ? 0o644 : 0o600;
    await writeFile(join(stateDir, name), text, { mode });
  }
}

async function makeOnce(): Promise<ReadonlyMap<string, string>> {
  const folder = await mkdtemp(join(tmpdir(), 'watchsieve-state-'));
  try {
    await ensureIdentity({ stateDir: folder, hosts: servingHosts('127.0.0.1'), now: new Date() });
    const files = CERTIFICATES.map(
      async (name) => [name, await readFile(join(folder, name), 'utf8')] as const,
    );
    // That nothing was swallowed for anybody yet.
    return new Map([...(await Promise.all(files)), ['swallowed-under', '']]);
  } finally {
    await rm(folder, { recursive: true });
  }
}
