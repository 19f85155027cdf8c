/** A world for commands under test: collects what they write, and lets a test send signals. */
import { EventEmitter } from 'node:events';
import type { Io } from '../../src/cli/io.ts';

/** An {@link Io} whose output can be read back. */
export interface FakeIo extends Io {
  readonly signals: EventEmitter;
  readonly out: () => string;
  readonly err: () => string;
  readonly exitCodes: number[];
  /** Resolves once something matching was written to stdout. */
  wrote(pattern: RegExp): Promise<void>;
}

/** Makes one; `env` is the whole environment, `stdin` all there is to read. */
export function fakeIo(env: Record<string, string> = {}, stdin = ''): FakeIo {
  let [out, err] = ['', ''];
  const written = new EventEmitter();
  const exitCodes: number[] = [];
  return {
    env,
    readStdin: () => Promise.resolve(Buffer.from(stdin)),
    signals: new EventEmitter(),
    exitCodes,
    exit: (code) => exitCodes.push(code),
    stdout: {
      write(text) {
        out += text;
        written.emit('out');
      },
    },
    stderr: { write: (text) => (err += text) },
    drawing: { write: (text) => (err += text) },
    out: () => out,
    err: () => err,
    wrote: (pattern) =>
      new Promise((resolve) => {
        const check = () => {
          if (pattern.test(out)) resolve();
        };
        written.on('out', check);
        check();
      }),
  };
}
