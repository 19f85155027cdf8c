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

Each row is a test, run with JSON and protobuf, over HTTP/1.1 and HTTP/2 to the API server (where it says so, over one of them), for clients that ask for bookmarks and for those that do not. "Then" is what client-go's reflector does: _watch_ goes on from its resourceVersion, _list_ lists everything again. Whatever happens, the client receives whole frames in their order, byte for byte as upstream sent them.
`;

const NEXT: Readonly<Record<Next, string>> = { watch: 'watch', list: 'list, as without the sidecar' };

export function renderFaults(): string {
  const sections = [
    INTRODUCTION,
    '## Before a watch or a LIST is answered\n',
    'Our own answers are Kubernetes `Status` objects that name the cause, with `Retry-After: 1`: `429` to watches, because on that alone the reflector goes on without listing, `503` to other GETs and HEADs. A write is answered so only where it certainly was not processed: the connection was refused, or the API server turned it away (REFUSED_STREAM, or a GOAWAY below it) twice, or once after more of its body was sent than is kept. client-go repeats any method on `Retry-After`, so a write that may have been carried out gets what it would get directly: its connection breaks. Upgrades, and the subresources exec, attach, portforward and proxy, count as writes. After any failure watches also get `429` while the API server is only starting: for as long as its `/readyz`, asked without credentials, has a 5xx (30 s at most) or a 4xx (5 s at most). It serves before it knows its RBAC rules, and the 403 of that moment would make client-go list again.\n',
    table(
      ['phase', 'fault', 'what happens', 'watch gets', 'LIST gets', 'then'],
      ANSWER_FAULTS.map((row) => [
        row.phase,
        faultName(row),
        row.happens,
        row.answer === 'ours' ? 'our `429`' : 'it, unchanged',
        row.answer === 'ours' ? 'our `503`' : 'it, unchanged',
        NEXT[row.next],
      ]),
    ),
    '## While a watch is streaming\n',
    'Events were forwarded, and a later one swallowed. _Our progress_ is a bookmark for clients that asked for bookmarks and the last swallowed event for those that did not: both carry the resourceVersion of the last event read.\n',
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
    'client-go takes an end within a second without any event for a fault, and lists again.\n',
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
    table(
      ['fault', 'what happens', 'client sees'],
      LIST_FAULTS.map((row) => [row.fault, row.happens, 'a broken response; it lists again']),
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
    'Each row is run by `npm run test:e2e -- --only faults`: a fault injector between a real kube-apiserver (1.37) and client-go informers (0.37), directly and through the sidecar, JSON and protobuf, over HTTP/1.1 and HTTP/2. The figures are LISTs that client-go sends because of the fault; the state is the same in the end.\n',
    table(
      ['fault', 'what happens', 'LISTs directly', 'LISTs through the sidecar'],
      REAL_FAULTS.map((row) => [faultName(row), row.happens, ...row.lists.map(String)]),
    ),
  ];
  return sections.join('\n');
}

function faultName(row: { readonly fault: string; readonly only?: string }): string {
  return row.only === undefined ? row.fault : `${row.fault} (HTTP/${row.only})`;
}

/** Columns padded as the formatter of this project pads them. */
/** A table as prettier would lay it out. */
export function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = heads.map((head, column) =>
    Math.max(head.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  return `${[line(heads), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n')}\n`;
}
