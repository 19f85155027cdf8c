/** The program under test: what `npm pack` makes of this tree, installed into an empty folder (R49). */
import { packed } from '../support/packed.ts';

/** @returns the installed program, a JavaScript file. */
export async function buildProgram(): Promise<string> {
  return (await packed()).program;
}
