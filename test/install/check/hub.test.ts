import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import type { CheckContext } from '../../../src/install/check/check.ts';
import { hubCheck } from '../../../src/install/check/hub.ts';

for (const [what, said, isBehind] of [
  ['the hub has answered last', { watches: 0, last: 'shared' }, true],
  ['it declines others, and answers a watch', { watches: 1, last: 'declined' }, true],
  ['it has answered once, and declines now', { watches: 0, last: 'declined' }, false],
] as const)
  test(`what comes here was ${isBehind ? '' : 'not '}swallowed by a hub before, where ${what}`, async (t) => {
    const hub = JSON.stringify({ hubs: ['https://hub'], requests: { shared: 3 }, ...said });
    const admin = createServer((_, response) => response.end(hub)).listen(0, '127.0.0.1');
    await new Promise((done) => admin.once('listening', done));
    t.after(() => {
      admin.closeAllConnections();
      admin.close();
    });
    const { port } = admin.address() as AddressInfo;
    const context = { timeoutMs: 5000 } as CheckContext;
    const finding = await hubCheck.run(context, { admin: `http://127.0.0.1:${port}` });
    assert.equal(finding.outcome, 'ok');
    assert.equal(finding.found?.isBehindHub, isBehind);
  });
