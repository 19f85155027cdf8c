/** docs/metrics.md is made from the registry's own help texts; `npm run docs` writes it (R28). */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { test, type TestContext } from 'node:test';
import { format } from 'prettier';
import { pino } from 'pino';
import { startWebhook } from '../../src/install/webhook/start-webhook.ts';
import { OPTIONS, reviewOptions } from '../install/webhook/reviews.ts';
import { CA_PEM, simulate } from '../lab/simulator/harness.ts';
import { run } from '../serve/harness.ts';
import { CLOSED_SETS, METRICS, WEBHOOK_METRICS, WEBHOOK_RESULTS } from '../support/metric-table.ts';
import { loopbackTarget } from '../support/upstream.ts';

const DOCS = new URL('../../docs/metrics.md', import.meta.url);

const HEAD = `# Metrics

\`/metrics\` in the Prometheus text format, on the admin listener (\`--admin-listen\`) and, where it is set, on \`--metrics-listen\`. Every counter is of this process, and starts again at 0 with it.

Each received event is counted once in \`watchsieve_events_received_total\` and once, with its verdict and reason, in \`watchsieve_events_total\`, so that in every scrape received = forwarded + swallowed + would_swallow; bytes the same. A held frame that is released stays swallowed.

[operate.md](operate.md) has the alerts that are made of these.
`;

const TAIL = `Besides these there are the metrics of the process (\`process_*\`) and of Node.js (\`nodejs_*\`) as prom-client names them: CPU, resident memory, file descriptors, event loop lag, garbage collection.
`;

const WEBHOOK_HEAD = `## Of the webhook

\`watchsieve webhook\` has metrics of its own, at \`/metrics\` of \`--health-listen\` ([webhook.md](webhook.md)).
`;

const REVIEW_MEANINGS = `Of a review \`injected\` alone changes a Pod. \`unchanged\`: it has the sidecar already. \`not_chosen\`: neither annotated nor selected nor known. \`not_a_new_pod\`: the rules of the configuration are too wide. \`refused_conflict\`: chosen, and something stands in the way; the log and a warning to the Pod's maker say what. \`failed\`: a mistake of watchsieve's. \`overloaded\`: others sent more than there was room for. \`malformed\`, \`too_large\` and \`unsupported_media_type\`: not sent by an API server.
`;

/** What the words of closed sets mean, as far as they do not say it themselves. */
const VALUES: Readonly<Record<string, string>> = {
  resource: 'what is watched',
  type: 'type of the event; `other`: none that Kubernetes has',
  verdict: 'what became of it; `would_swallow`: forwarded, with mode `observe`',
  reason:
    'why it was forwarded; `unchanged`: why it was swallowed, or would have been. `initial`: before the end of the initial events. `first_seen`: the client was not known to hold the object. `max_age`: passed unchanged after `--max-suppression`. `mismatch`: a consistency check failed on this watch. From `undecodable` to `verbatim`: not understood. Those of a hub: [hub.md](hub.md)',
  target: 'who answered',
  cause:
    'why a watch ended. `upstream_end`: at a frame boundary, by the API server. `upstream_error`: broken off. `upstream_dead`: no answer to PINGs. `deadline`: its timeoutSeconds. `limit`: it had to make room for others. Those of a hub: [hub.md](hub.md)',
  source: 'what a baseline began with',
  limit: 'which limit',
  listener: 'which listener; `webhook` and `health` are those of the webhook',
  bound:
    'what the connection took too much of ([limits.md](limits.md)). `connections`: not let in, every other one had a request under way. `idle`: it had none, or but for the proxy one that was not whole, and another wanted its place. `head_bytes`: its head was the longest that was not whole when there was no room for all',
  result:
    'of a consistency check, of one object in it, or of a changed config file; those of a hub: [hub.md](hub.md)',
  mode: '`--mode` as it is now',
};

/** Ours, by name, with what a scrape says that they mean. */
function helpsIn(scrape: string): ReadonlyMap<string, string> {
  const lines = scrape.matchAll(/^# HELP (?<name>watchsieve_\S+) (?<help>.*)$/gm);
  return new Map([...lines].map(({ groups }) => [groups?.['name'] ?? '', groups?.['help'] ?? '']));
}

async function helpsOfServe(t: TestContext): Promise<ReadonlyMap<string, string>> {
  const simulator = await simulate(t);
  // Those of a hub are there where it is one.
  const backend = { url: simulator.url, caPem: CA_PEM, token: 't' };
  const { app } = await run(t, backend, { argv: ['--share', 'nodes'] });
  return helpsIn(await app.metricsText());
}

/** Nobody answers it, and it never looks again. */
async function helpsOfWebhook(): Promise<ReadonlyMap<string, string>> {
  const listen = { host: '127.0.0.1', port: 0 };
  const webhook = await startWebhook(
    {
      ...{ listen, healthListen: listen, hosts: ['127.0.0.1'], configuration: 'w', certificateLifetimeMs: 1 },
      secret: { namespace: 'n', name: 's' },
      review: reviewOptions(OPTIONS),
    },
    {
      target: loopbackTarget(1),
      credentials: {
        authorization: () => Promise.resolve('Bearer t'),
        certificate: () => Promise.resolve(undefined),
        rejected: () => undefined,
      },
      ...{ version: 'test', log: pino({ level: 'silent' }), startTimer: () => () => undefined },
    },
  );
  const answer = await fetch(`http://127.0.0.1:${webhook.healthPort}/metrics`);
  const scrape = await answer.text();
  await webhook.close();
  return helpsIn(scrape);
}

async function render(t: TestContext): Promise<string> {
  const helps = await helpsOfServe(t);
  assert.deepEqual([...helps.keys()].sort(), Object.keys(METRICS).sort());
  const rows = Object.entries(METRICS).map(([name, [type, ...labels]]) => {
    const named = labels.map((label) => `\`${label}\``).join(', ');
    return `| \`${name}\` | ${type} | ${named} | ${helps.get(name) ?? ''} |`;
  });
  const values = Object.entries(CLOSED_SETS).map(([label, words]) => {
    const list = [...new Set(words)].map((word) => `\`${word}\``).join(', ');
    return `| \`${label}\` | ${VALUES[label] ?? assert.fail(label)} | ${list} |`;
  });
  const text = [
    HEAD,
    ['| metric | type | labels | meaning |', '| --- | --- | --- | --- |', ...rows].join('\n'),
    '\n## Labels\n',
    ['| label | meaning | values |', '| --- | --- | --- |', ...values].join('\n'),
    '',
    TAIL,
    await renderWebhook(),
  ].join('\n');
  return format(text, { parser: 'markdown' });
}

async function renderWebhook(): Promise<string> {
  const helps = await helpsOfWebhook();
  assert.deepEqual([...helps.keys()].sort(), Object.keys(WEBHOOK_METRICS).sort());
  const rows = Object.entries(WEBHOOK_METRICS).map(([name, [type]]) => {
    const results = (WEBHOOK_RESULTS[name] ?? []).map((result) => `\`${result}\``).join(', ');
    return `| \`${name}\` | ${type} | ${results} | ${helps.get(name) ?? ''} |`;
  });
  const table = ['| metric | type | `result` | meaning |', '| --- | --- | --- | --- |', ...rows].join('\n');
  return [WEBHOOK_HEAD, table, '', REVIEW_MEANINGS].join('\n');
}

test('docs/metrics.md is what the registry says; UPDATE_DOCS=1 writes it (R28)', async (t) => {
  const text = await render(t);
  if (process.env['UPDATE_DOCS'] === '1') writeFileSync(DOCS, text);
  assert.equal(readFileSync(DOCS, 'utf8'), text);
  for (const name of Object.keys({ ...METRICS, ...WEBHOOK_METRICS }))
    assert.ok(text.includes(`| \`${name}\` `), name);
});
