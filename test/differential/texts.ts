/** Texts as whoever may write a Node can choose them: most are plain, the others are made to mislead a reader of bytes. */
import type { Random } from '../fuzz/random.ts';

/** What the two encodings are made of, and what a reader might take for the end or the beginning of something. */
const PIECES = [
  ...[
    '"',
    '\\',
    '\\"',
    '{',
    '}',
    '[',
    ']',
    ',',
    ':',
    '}a',
    '}b',
    '"}',
    '}}',
    '}}}\n',
    '\n',
    '\r',
    '\t',
    '\u0000',
  ],
  ...['"},"', '],"', '}]', ']},"spec":{', '"},"managedFields":[', ',"annotations":{', '},"status":{'],
  ...[
    ',"conditions":[',
    '],"addresses":[',
    '],"daemonEndpoints":{',
    '","lastHeartbeatTime":"',
    ',"status":"',
  ],
  ...[
    '"NetworkUnavailable"',
    '{"type":"NetworkUnavailable","status":"True"}',
    '{"kind":"Node","apiVersion":"v1"',
  ],
  ...[
    '\\u0022',
    '\\u007d',
    '<',
    '>',
    '&',
    '\u2028',
    '\u007f',
    'ö',
    'é€😀',
    'NetworkUnavailable',
    'True',
    'False',
  ],
  ...[
    '\n\x12NetworkUnavailable\x12\x04True',
    '"\x10',
    '*\x04',
    '\x12\x05False',
    '\x1a',
    'b\x02',
    '\x0a\x00',
    '\x08\x02',
  ],
] as const;
const PLAIN = ['', 'a', 'b', 'ab', 'True', 'False', 'Unknown', '10.0.0.1', '10.0.0.2', '4', '8', 'v1.37.2'];
const KEYS = [
  ...['a', 'b', 'zone', 'kubernetes.io/os', 'annotations', 'labels', 'conditions', 'status', 'spec', 'type'],
  ...['lastHeartbeatTime', 'managedFields', 'addresses', 'images', 'metadata', 'uid', 'cpu', 'memory', '10'],
];

export const plainText = (random: Random): string => random.pick(PLAIN);

/** Several pieces, or plain ones between them. */
export function hostileText(random: Random): string {
  let text = '';
  for (let left = 1 + random.below(3); left > 0; left--)
    text += random.oneIn(4) ? random.pick(PLAIN) : random.pick(PIECES);
  return text;
}

/** Begins with what closes something: who looks for an end finds one too early. */
export const closingText = (random: Random): string =>
  random.pick(['}', '"}', '}}', ']', '],', '"]', '\\"}']) + random.pick(['a', 'b', '"', 'True']);

export const anyText = (random: Random): string =>
  random.oneIn(3) ? hostileText(random) : plainText(random);

export const anyKey = (random: Random): string =>
  random.oneIn(12) ? hostileText(random) : random.pick(KEYS);

/** Another text of the same length in bytes, where there is one: what a comparison of lengths does not see. */
export function otherOfLength(random: Random, text: string): string {
  const at = random.below(text.length);
  const before = text.charCodeAt(at);
  if (text === '' || before < 0x20 || before > 0x7e) return anyText(random);
  const other = random.oneIn(3)
    ? random.pick(['"', '}', ']', '\\', ',', '<', '{'])
    : random.pick(['a', 'b', 'c', '0', '1']);
  return text.slice(0, at) + other + text.slice(at + 1);
}
