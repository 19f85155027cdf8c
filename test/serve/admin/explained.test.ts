/** The page about one Node: what somebody reads who asks why a client did not see it (R29). */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { question, renderExplained } from '../../../src/serve/admin/page/explained.ts';
import { renderPage } from '../../../src/serve/admin/page/page.ts';
import { PAGE_HEADERS } from '../../../src/serve/admin/page/shell.ts';
import { sampleExplained, sampleStatus, sampleWatch } from '../../support/sample-status.ts';

/** What is read, on one line. */
function textOf(page: string): string {
  return page
    .replace(/<(style|script|title)>[^]*?<\/\1>/g, '')
    .replace(/<[^>]+>/g, ' ')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll(/[\s\u00a0]+/g, ' ');
}

describe('the page about a Node (R29)', () => {
  const page = renderExplained(sampleExplained(), '1.2.3');
  const text = textOf(page);

  test('says in sentences when it was delivered, why, and what was swallowed since', () => {
    for (const part of [
      'Watch #3: speaker/v0.14.5',
      'each of the 23 events read since changed nothing that the preset compares, and was swallowed.',
      'Last delivered 4 min ago a part that the preset compares has changed; its resourceVersion was 81234',
      'Swallowed since 23 events that changed nothing the preset compares, the last 4 s ago',
      'Passes unchanged after 04:00:05 UTC',
      'Watch #1: speaker/v0.14.5',
      'ended 8 min ago (upstream_end)',
    ])
      assert.ok(text.includes(part), `${part} in ${text}`);
  });

  test('names what had changed in each event, by the paths of fields, the newest first', () => {
    for (const part of [
      '4 min ago MODIFIED at 81234 a part that the preset compares has changed metadata.labels["topology.kubernetes.io/zone"] changed status.conditions[NetworkUnavailable].status changed and 2 more',
      '5 min ago MODIFIED at 81111 a part that the preset compares has changed the changed parts are no longer known',
      'MODIFIED at 80001 the client may not hold it yet',
    ])
      assert.ok(text.includes(part), `${part} in ${text}`);
    assert.ok(text.indexOf('81111') > text.indexOf('at 81234'));
  });

  test('names no fields of the JSON, which has a link of its own', () => {
    assert.doesNotMatch(text, /lastDelivered|unchangedSince/);
    assert.match(page, /<a href="\/debug\/explain\?object=node-with-a[^"]*">The same as JSON<\/a>/);
  });

  test('of an object that no client got it says so; without one it asks for a name', () => {
    assert.match(textOf(renderExplained(sampleExplained({ streams: [] }), '1')), /no client got anything/);
    const asking = renderExplained(undefined, '1');
    assert.match(textOf(asking), /Which object\?/);
    assert.doesNotMatch(asking, /The same as JSON/);
  });

  test('is led to by the status page, its form and each name of an object', () => {
    const status = renderPage(sampleStatus());
    assert.ok(status.includes(question().text));
    assert.match(question().text, /<form action="\/explain">/);
    assert.match(status, /<th scope="row"><a href="\/explain\?object=/);
    assert.doesNotMatch(status, /"\/debug\/explain/);
  });

  test('keeps the policy: no script, no style or handler in an attribute, one heading of the page', () => {
    assert.doesNotMatch(page, /<script/);
    assert.doesNotMatch(page.replace(/<style>[^]*<\/style>/, ''), /\s(?:style|on[a-z]+)="/);
    assert.match(PAGE_HEADERS['content-security-policy'] ?? '', /form-action 'self'/);
    assert.equal(page.match(/<h1[ >]/g)?.length, 1);
    assert.equal(page.match(/<table[^>]*>\s*<caption/g)?.length, page.match(/<table/g)?.length);
  });

  test('foreign text is never markup, wherever it stands', () => {
    const evil = `<img src=x onerror=alert(1)>"'>`;
    /** As a word of a closed set, which none is meant to be. */
    const word = evil as never;
    const moment = { at: evil, ageSeconds: 1 };
    const hostile = renderExplained(
      sampleExplained({
        object: evil,
        time: evil,
        streams: [
          sampleWatch({
            ...{
              resource: evil,
              client: evil,
              address: evil,
              encoding: word,
              meaning: evil,
              passesUnchangedAfter: evil,
            },
            ended: { ...moment, cause: word },
            lastDelivered: { ...moment, reason: word, resourceVersion: evil, onThisStream: false },
            unchangedSince: { verdict: word, events: 1, last: { ...moment, resourceVersion: evil } },
            decisions: [
              {
                ...moment,
                type: word,
                verdict: 'forwarded',
                reason: word,
                resourceVersion: evil,
                paths: [{ path: evil, change: word }],
              },
            ],
          }),
        ],
      }),
      evil,
    );
    assert.ok(!hostile.includes('<img'));
    assert.ok(
      !/[a-z]="[^"]*(?:<|"'>)/.test(hostile.replace(/<style>[^]*<\/style>/, '')),
      'no attribute is left',
    );
  });
});
