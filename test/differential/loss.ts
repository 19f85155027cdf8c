/** What is told of an event that was lost. */
import type { Held, TestEncoding } from './frame.ts';
import type { Meaning } from './meaning.ts';

export class Loss extends Error {}

export function storyOf(encoding: TestEncoding, meaning: Meaning, before: Held, after: Held): string {
  const [was, is] = [before.text(meaning), after.text(meaning)];
  let at = 0;
  while (was[at] === is[at]) at++;
  const from = Math.max(0, at - 60);
  return [
    `I2: a change was swallowed (${encoding}), ${meaning.name}`,
    `the client holds: …${was.slice(from, at + 60)}…`,
    `and was not sent: …${is.slice(from, at + 60)}…`,
    `bytes that it holds: ${shown(encoding, before.bytes)}`,
    `bytes not sent: ${shown(encoding, after.bytes)}`,
  ].join('\n');
}

const shown = (encoding: TestEncoding, bytes: Buffer): string =>
  encoding === 'json' ? bytes.toString().trimEnd() : bytes.toString('base64');
