/** Runs of the model that chance finds too seldom: what a client holds after the preset was changed under it. */
import { test } from 'node:test';
import type { Action } from './actions.ts';
import type { ProjectionName } from './model-projection.ts';
import { MODEL_NODES } from './model-node.ts';
import { Stats } from './stats.ts';
import { play } from './world.ts';

const A = 0;
const B = 1;

function playWith(preset: ProjectionName, actions: readonly Action[]): void {
  const client = { scope: 0, encoding: 'json', bookmarks: true, kind: 'list' } as const;
  const config = {
    preset,
    live: 'mode and preset',
    start: '90',
    watchListGate: true,
    endsInitialLate: false,
    maxSuppressionMs: 0,
    seed: 1,
    clients: [client, client],
  } as const;
  play({ config, actions }, new Stats(), MODEL_NODES);
}

const connect = (client: number): Action => ({ do: 'connect', client, lag: 0, chunk: 4096, whole: true });
const change = (part: 'note' | 'network', value: number): Action => ({
  do: 'change',
  node: 0,
  part,
  value,
  odd: false,
});
const settle = (client: number): Action => ({ do: 'settle', client });
const beat: Action = { do: 'beat', node: 0, times: 1, odd: false };

test('who resumes after another preset is sent what was swallowed under the former, though others have listed it at the same resourceVersion (I2, R16)', () => {
  playWith('metallb', [
    ...[connect(A), connect(A), change('note', 3), settle(A)],
    // A bookmark takes A to a resourceVersion at which it does not hold the note.
    ...[{ do: 'pass', ms: 10_000 } as const, settle(A), { do: 'disconnect', client: A, back: 0 } as const],
    ...[{ do: 'preset', preset: 'heartbeat' } as const, connect(B)],
    ...[connect(A), beat, settle(A)],
  ]);
});

test('what a stream leaves behind is of the projection that it ended with (R16)', () => {
  playWith('metallb-upstream', [
    ...[connect(A), connect(A), change('network', 1), settle(A)],
    { do: 'preset', preset: 'labels' },
    ...[
      beat,
      settle(A),
      { do: 'upstream-end', client: A } as const,
      { do: 'receive', client: A, bytes: Infinity } as const,
    ],
    { do: 'preset', preset: 'metallb-upstream' },
    ...[connect(A), change('network', 0), settle(A)],
  ]);
});
