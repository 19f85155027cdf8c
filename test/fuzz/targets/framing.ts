/** Frames of a whole stream, found the obvious way: what the splitters must agree with, whatever the chunks. */
import type { TestVerdict } from '../../support/judged-splitter.ts';

export interface Framing {
  /** Latin1, for readable differences. */
  readonly output: string;
  readonly torn: boolean;
  /** Frames that were too long to be looked at. */
  readonly oversize: number;
  readonly verbatim: boolean;
  /** Bytes. */
  readonly swallowed: number;
}

/** A frame that contains one of these is judged so; the first one counts. */
export const JUDGEMENTS = ['SWALLOW', 'LOSE'] as const;
/** What no watch event begins with (json-lines.ts); such a stream passes as it is. */
const NO_EVENT = ['{"kind"', '{"apiVersion"', '{"metadata"'];

export function judgementOf(frame: Buffer): TestVerdict {
  if (frame.includes('LOSE')) return 'lost';
  return frame.includes('SWALLOW') ? 'swallow' : 'forward';
}

export function read(framing: 'json' | 'protobuf' | 'opaque', bytes: Buffer, limit: number): Framing {
  const text = bytes.toString('latin1');
  const isNoEvent = framing === 'json' && NO_EVENT.some((beginning) => text.startsWith(beginning));
  if (framing === 'opaque' || isNoEvent)
    return { output: text, torn: false, oversize: 0, verbatim: true, swallowed: 0 };
  return framing === 'json' ? lines(text, limit) : delimited(bytes, limit);
}

function lines(text: string, limit: number): Framing {
  let output = '';
  let oversize = 0;
  let swallowed = 0;
  const done = (torn: boolean, verbatim: boolean): Framing => ({
    output,
    torn,
    oversize,
    verbatim,
    swallowed,
  });
  for (let rest = text; rest !== '';) {
    const lf = rest.indexOf('\n');
    const line = lf === -1 ? rest : rest.slice(0, lf + 1);
    const verdict = judgementOf(Buffer.from(line, 'latin1'));
    if ((lf === -1 ? line.length : lf) > limit) {
      oversize++;
      output += line;
      if (lf === -1) return done(true, false);
    } else if (verdict === 'lost') {
      if (lf === -1) return done(true, false);
      output += rest;
      return done(false, true);
    } else if (verdict === 'swallow') swallowed += line.length;
    else output += line;
    rest = rest.slice(line.length);
  }
  return done(false, false);
}

function delimited(bytes: Buffer, limit: number): Framing {
  let output = '';
  let oversize = 0;
  let swallowed = 0;
  const done = (torn: boolean, verbatim: boolean): Framing => ({
    output,
    torn,
    oversize,
    verbatim,
    swallowed,
  });
  for (let rest = bytes; rest.length > 0;) {
    if (rest.length < 4) return done(true, false);
    const length = rest.readUInt32BE(0);
    const frame = rest.subarray(0, 4 + length);
    const isWhole = frame.length === 4 + length;
    if (length > limit) {
      oversize++;
      output += frame.toString('latin1');
      if (!isWhole) return done(true, false);
    } else {
      if (!isWhole) return done(true, false);
      const verdict = judgementOf(frame);
      if (verdict === 'lost') {
        output += rest.toString('latin1');
        return done(false, true);
      }
      if (verdict === 'swallow') swallowed += frame.length;
      else output += frame.toString('latin1');
    }
    rest = rest.subarray(frame.length);
  }
  return done(false, false);
}
