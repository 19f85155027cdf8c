/** The lines that the demo prints to copy, word for word, with the packed command (R32). */
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { Agent, request } from 'undici';
import { parse } from 'yaml';
import { Child } from '../support/child.ts';
import { listAt, textAt, valueAt } from '../support/json-value.ts';
import { packed } from '../support/packed.ts';

const folder = mkdtempSync(join(tmpdir(), 'watchsieve-demo-lines-'));
after(() => rmSync(folder, { recursive: true, force: true }));

/** How many Nodes there are for whoever has this kubeconfig. */
async function nodesWith(file: string): Promise<number> {
  const config: unknown = parse(await readFile(file, 'utf8'));
  const cluster = valueAt(config, 'clusters', 0, 'cluster');
  const user = valueAt(config, 'users', 0, 'user');
  const tokenFile = valueAt(user, 'tokenFile');
  const token = typeof tokenFile === 'string' ? await readFile(tokenFile, 'utf8') : textAt(user, 'token');
  const dispatcher = new Agent({
    connect: { ca: await readFile(textAt(cluster, 'certificate-authority'), 'utf8') },
  });
  try {
    const { statusCode, body } = await request(`${textAt(cluster, 'server')}/api/v1/nodes`, {
      dispatcher,
      headers: { authorization: `Bearer ${token}` },
    });
    const list: unknown = await body.json();
    assert.equal(statusCode, 200);
    return listAt(list, 'items').length;
  } finally {
    await dispatcher.close();
  }
}

test("its kubeconfig for kubectl leads to its Nodes, and a serve of one's own stands in front of its cluster", async (t) => {
  const { command } = await packed();
  const env = {
    PATH: [dirname(command), dirname(process.execPath), process.env['PATH'] ?? ''].join(delimiter),
    HOME: folder,
    KUBECONFIG: '',
    // Others on this machine may have the usual ones.
    WATCHSIEVE_LISTEN: '127.0.0.1:0',
    WATCHSIEVE_ADMIN_LISTEN: '127.0.0.1:0',
  };
  const start = (line: string) => {
    const child = new Child({ name: line, command: 'sh', args: ['-c', `exec ${line}`], env, cwd: folder });
    t.after(() => child.stop());
    return child;
  };
  const demo = start('watchsieve demo --nodes 7 --heartbeats 7');
  const printed = async (what: string): Promise<string> => {
    const beginning = `demo: for ${what}: `;
    const line = await demo.stdout.waitFor(beginning, (text) => text.startsWith(beginning), 30_000);
    return line.slice(beginning.length);
  };
  const kubectl = await printed('kubectl, through watchsieve');
  const [, file] = /^kubectl --kubeconfig (\S+) get nodes --watch$/.exec(kubectl) ?? [];
  assert.ok(file !== undefined && existsSync(file), kubectl);
  assert.equal(await nodesWith(file), 7);

  const serve = start(await printed('a serve of your own'));
  await serve.stdout.waitFor('serving', (line) => line.includes('"msg":"ready"'), 30_000);
  assert.equal(await nodesWith(join(folder, 'state', 'kubeconfig')), 7);
});
