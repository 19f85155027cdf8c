/** Changes JSON as JSON: a member twice, away, elsewhere, with another's value. What edits of bytes rarely do. */
import { spliced } from './mutate.ts';
import type { Random } from './random.ts';

interface Span {
  readonly start: number;
  readonly end: number;
}

const COMMA = Buffer.from(',');

/** @returns undefined where the text has no members to change */
export function editedJson(bytes: Buffer, random: Random): Buffer | undefined {
  const { members, values } = spansOf(bytes);
  if (members.length === 0) return undefined;
  const member = random.pick(members);
  const piece = bytes.subarray(member.start, member.end);
  switch (random.below(5)) {
    case 0:
      return spliced(bytes, member.end, 0, Buffer.concat([COMMA, piece]));
    case 1:
      // With the comma behind it, if there is one.
      return spliced(
        bytes,
        member.start,
        piece.length + (bytes[member.end] === 0x2c ? 1 : 0),
        Buffer.alloc(0),
      );
    case 2:
      return spliced(bytes, random.pick(members).start, 0, Buffer.concat([piece, COMMA]));
    case 3: {
      const from = random.pick(values);
      const to = random.pick(values);
      return spliced(bytes, to.start, to.end - to.start, bytes.subarray(from.start, from.end));
    }
    default: {
      const to = random.pick(values);
      const put = random.pick([
        'null',
        '{}',
        '[]',
        '""',
        '1e400',
        '-0',
        'true',
        '"\\u0041"',
        '[null]',
        '{"a":null}',
      ]);
      return spliced(bytes, to.start, to.end - to.start, Buffer.from(put));
    }
  }
}

/** Where members and values lie: by matching brackets outside strings, of text that may not be JSON at all. */
function spansOf(bytes: Buffer): { members: Span[]; values: Span[] } {
  const members: Span[] = [];
  const values: Span[] = [];
  const open: { readonly start: number; key: number }[] = [];
  let key = -1;
  const ended = (start: number, end: number): void => {
    values.push({ start, end });
    if (key !== -1) members.push({ start: key, end });
    key = -1;
  };
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at];
    if (byte === 0x22) {
      const start = at;
      for (at++; at < bytes.length && bytes[at] !== 0x22; at++) if (bytes[at] === 0x5c) at++;
      if (bytes[at + 1] === 0x3a) {
        key = start;
        at++;
      } else ended(start, Math.min(at + 1, bytes.length));
    } else if (byte === 0x7b || byte === 0x5b) {
      open.push({ start: at, key });
      key = -1;
    } else if (byte === 0x7d || byte === 0x5d) {
      const begun = open.pop();
      if (begun === undefined) break;
      key = begun.key;
      ended(begun.start, at + 1);
    } else if (byte !== undefined && byte !== 0x2c && byte > 0x20) {
      const start = at;
      while (at + 1 < bytes.length && !LITERAL_ENDS.has(bytes[at + 1] ?? 0)) at++;
      ended(start, at + 1);
    }
  }
  return { members, values };
}

const LITERAL_ENDS: ReadonlySet<number> = new Set(Buffer.from(',:{}[]" \n'));
