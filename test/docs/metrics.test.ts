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

The admin listener (\`--admin-listen\`) and, if set, \`--metrics-listen\` serve \`/metrics\` in the Prometheus text format. Counters start at 0 when the process starts.

Each received event is counted once in \`watchsieve_events_received_total\` and once, with its verdict and reason, in \`watchsieve_events_total\`. So in every scrape, received = forwarded + swallowed + would_swallow; the same holds for bytes. A held frame that is sent later still counts as swallowed.

[operate.md](operate.md#alerts) describes the alerts that use these metrics.
`;

const TAIL = `There are also the metrics of the process (\`process_*\`) and of Node.js (\`nodejs_*\`), with the names that prom-client gives them: CPU, resident memory, file descriptors, event loop lag, garbage collection.
`;

const WEBHOOK_HEAD = `## Of the webhook

\`watchsieve webhook\` has metrics of its own, at \`/metrics\` of \`--health-listen\` ([webhook.md](webhook.md)).
`;

const REVIEW_MEANINGS = `Only the result \`injected\` changes a Pod. \`unchanged\`: the Pod already has the sidecar. \`not_chosen\`: the Pod is neither annotated nor selected nor known. \`not_a_new_pod\`: the rules of the configuration are too wide. \`refused_conflict\`: the Pod is chosen but cannot have the sidecar; the log and a warning to the client that created the Pod give the reason. \`failed\`: a fault of watchsieve. \`overloaded\`: too many calls at one time. \`malformed\`, \`too_large\` and \`unsupported_media_type\`: the call did not come from an API server.
`;

/** What the words of closed sets mean, as far as they do not say it themselves. */
const VALUES: Readonly<Record<string, string>> = {
  resource: 'what is watched',
  type: 'type of the event; `other`: a type that Kubernetes does not define',
  verdict: 'forwarded or swallowed; `would_swallow`: forwarded only because of the mode `observe`',
  reason:
    'why an event was forwarded; only `unchanged` means that it was swallowed, or would have been. `initial`: before the end of the initial events. `first_seen`: the client was not known to hold the object. `max_age`: unchanged, but forwarded after `--max-suppression`. `mismatch`: a consistency check failed on this watch. From `undecodable` to `verbatim`: not understood. Reasons of a hub: [hub.md](hub.md)',
  target: 'the server that answered',
  cause:
    'why a watch ended. `upstream_end`: the API server ended it at a frame boundary. `upstream_error`: it broke off. `upstream_dead`: PINGs were not answered. `deadline`: its timeoutSeconds were over. `limit`: it was ended to make room for others. Causes of a hub: [hub.md](hub.md)',
  source: 'the beginning of a baseline',
  limit: 'the limit',
  listener: 'the listener; the webhook has `webhook` and `health`',
  bound:
    'the limit that the connection exceeded ([limits.md](limits.md)). `connections`: it was not accepted, because all others had a request under way. `idle`: it made room for another, because it had no complete request (at the proxy: no request). `head_bytes`: there was no room for all incomplete heads, and its head was the longest',
  result:
    'the result of a consistency check, of one object in it, or of a change of the config file; results of a hub: [hub.md](hub.md)',
  mode: 'the current `--mode`',
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
      ...{ log: pino({ level: 'silent' }), startTimer: () => () => undefined },
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
