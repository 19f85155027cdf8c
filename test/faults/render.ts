/** The fault table as Markdown, for docs/faults.md. */
import { REAL_FAULTS } from './real-table.ts';
import {
  ANSWER_FAULTS,
  CLIENT_FAULTS,
  LIST_FAULTS,
  SHORT_STREAMS,
  STREAM_FAULTS,
  type Next,
} from './table.ts';

const INTRODUCTION = `# Faults, and what a client sees of them

<!-- Generated from test/faults/table.ts: UPDATE_DOCS=1 npx node --test test/faults/faults.test.ts -->

Each row is a test. It runs with JSON and protobuf, over HTTP/1.1 and HTTP/2 to the API server (unless the row names one of them), with and without bookmarks. The column "then" has the reaction of client-go's reflector: _watch_ continues from its resourceVersion, _list_ lists everything again, as it would without the sidecar. In every case the client receives whole frames in order, byte for byte as upstream sent them.
`;

const AFTER_AN_OUTAGE = `## Who lists after an outage

An API server that was killed has no history from before its start. Whether a client must list again depends on whether it received the very last resourceVersion. There are three causes:

- **The last event is under way.** A server killed under load has written the last event to some connections only. With eight watches on one connection, 91 of 160 listed again directly and 95 through the sidecar; with one connection per direct watch, 17 and 22 of 48. Nothing can be done about this.
- **A write that nobody watches**, such as the server's own lease, moves the resourceVersion past what every client knows. Then all clients list, unless a bookmark came in time.
- **The first second of the new server.** Before it knows its RBAC rules it answers 403, on which client-go lists. So after a failure the sidecar delays watches until \`/readyz\` succeeds. Of 64 watches of a client with few rights, 16 then listed, directly 56; the rest are writes that nobody watches.

Two more cases cost a list. If a sidecar is killed together with the API server, right after a swallowed event, the client's resourceVersion is up to \`--bookmark-interval\` old. And a sidecar that is killed while its clients are reconnecting ends [watches within their first second](#when-a-watch-ends-within-its-first-second), as an API server would.
`;

const NEXT: Readonly<Record<Next, string>> = { watch: 'watch', list: 'list' };

export function renderFaults(): string {
  const sections = [
    INTRODUCTION,
    '## Before a watch or a LIST is answered\n',
    "_Ours_ is an answer of watchsieve itself, a Kubernetes `Status` that names the cause, with `Retry-After: 1`: `429` for a watch, the only status after which the reflector continues without listing, and `503` for a LIST and other GETs and HEADs. _Upstream's_ is passed on unchanged. A write gets an answer of ours only if it certainly was not processed: the connection was refused, or the API server turned the write away (REFUSED_STREAM, or a GOAWAY below it) twice, or once after more of its body was sent than is kept. client-go repeats any method after `Retry-After`, so the connection of a write that may have been processed breaks, as it would directly. Upgrades, and the subresources exec, attach, portforward and proxy, count as writes. After any failure, watches also get `429` while the API server is starting: as long as its `/readyz`, asked without credentials, has a 5xx (at most 30 s) or a 4xx (at most 5 s). Before it knows its RBAC rules, the API server answers 403, on which client-go would list.\n",
    table(
      ['phase', 'fault', 'what happens', 'answer', 'then'],
      ANSWER_FAULTS.map((row) => [
        row.phase,
        faultName(row),
        row.happens,
        row.answer === 'ours' ? 'ours' : "upstream's",
        NEXT[row.next],
      ]),
    ),
    '## While a watch is streaming\n',
    'Some events were forwarded, and a later one was swallowed. _Our progress_ is a bookmark for clients that asked for bookmarks, and the last swallowed event for others. Both have the resourceVersion of the last event read.\n',
    table(
      ['fault', 'what happens', 'client sees', 'last frame', 'cause in the metric', 'then'],
      STREAM_FAULTS.map((row) => [
        faultName(row),
        row.happens,
        row.client,
        row.last === 'progress' ? 'our progress' : row.last,
        'cause' in row ? `\`${row.cause}\`` : '-',
        'next' in row ? NEXT[row.next] : '-',
      ]),
    ),
    '## When a watch ends within its first second\n',
    'client-go treats the end of a watch within its first second, without any event, as a fault and lists again (VeryShortWatchError in tools/cache/reflector.go).\n',
    table(
      ['fault', 'what happens', 'last frame', 'cause in the metric', 'then'],
      SHORT_STREAMS.map((row) => [
        row.fault,
        row.happens,
        row.last === 'progress' ? 'our progress' : 'none',
        `\`${row.cause}\``,
        NEXT[row.next],
      ]),
    ),
    '## In the middle of a LIST\n',
    'The client sees a broken response and lists again.\n',
    table(
      ['fault', 'what happens'],
      LIST_FAULTS.map((row) => [row.fault, row.happens]),
    ),
    '## Clients\n',
    table(
      ['client', 'what happens', 'upstream', 'cause in the metric'],
      CLIENT_FAULTS.map((row) => [
        row.fault,
        row.happens,
        row.upstream,
        'cause' in row ? `\`${row.cause}\`` : '-',
      ]),
    ),
    '## With the real API server and client-go\n',
    '`npm run test:e2e -- --only faults` runs each row with a fault injector between a real kube-apiserver (1.37) and client-go informers (0.37). The figures count the LISTs that client-go sends because of the fault; the final state is always the same.\n',
    table(
      ['fault', 'what happens', 'LISTs directly', 'LISTs through the sidecar'],
      REAL_FAULTS.map((row) => [faultName(row), row.happens, ...row.lists.map(String)]),
    ),
    AFTER_AN_OUTAGE,
  ];
  return sections.join('\n');
}

function faultName(row: { readonly fault: string; readonly only?: string }): string {
  return row.only === undefined ? row.fault : `${row.fault} (HTTP/${row.only})`;
}

/** A table with the layout that prettier gives it. */
export function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = heads.map((head, column) =>
    Math.max(head.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  return `${[line(heads), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n')}\n`;
}
