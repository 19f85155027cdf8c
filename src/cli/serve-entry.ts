/** `serve` with all that it needs: a bundle of its own, one file, since each file costs time of the start (build.ts). */
import { startApp } from '../serve/app.ts';
import type { Io } from './io.ts';
import { serve } from './serve.ts';

export function runServe(argv: readonly string[], io: Io): Promise<number> {
  return serve(argv, io, startApp);
}
