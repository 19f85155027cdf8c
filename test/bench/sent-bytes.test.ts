import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sentByPeer } from '../../bench/hub/sent-bytes.ts';

test('of what ss prints, each connection counts what it has sent', () => {
  const lines = [
    'ESTAB 0      0      127.0.0.1:6443    127.0.0.1:33727 bbr wscale:10,10 bytes_sent:1952 bytes_acked:1953 bytes_received:20904 segs_out:11',
    'ESTAB 0      0      127.0.0.1:6443    127.0.0.1:44161 cubic bytes_acked:1 bytes_received:2',
    'ESTAB 0      7      [::1]:6443        [::1]:50000 cubic bytes_sent:3',
    '',
  ];
  assert.deepEqual(
    [...sentByPeer(lines.join('\n'))],
    [
      ['127.0.0.1:33727', 1952],
      ['[::1]:50000', 3],
    ],
  );
});
