/** Flags → given values. Owns the syntax of the command line behind the command's name; pure. */
import { parseArgs } from 'node:util';
import { didYouMean, type Given, type Source } from './given.ts';
import { SETTING_FIELDS, SETTINGS } from './settings.ts';

/** Reads `--name value` and `--name=value`; of a flag given twice the last one wins. */
export function readFlags(argv: readonly string[]): Source {
  const fields = new Map(SETTING_FIELDS.map((field) => [`--${SETTINGS[field].flag}`, field]));
  // Told of no options, parseArgs pairs nothing and stops at nothing: pairing them here finds every
  // mistake, where its strict mode finds the first, and keeps a flag from eating the next one.
  const { tokens } = parseArgs({ args: [...argv], strict: false, allowPositionals: true, tokens: true });
  const given: Given[] = [];
  const problems: string[] = [];
  for (let i = 0; i < tokens.length; i++) {
    const token = tokens[i];
    if (token === undefined || token.kind === 'option-terminator') continue;
    if (token.kind === 'positional') {
      problems.push(`unexpected argument "${token.value}"`);
      continue;
    }
    let text = token.value;
    const next = tokens[i + 1];
    if (text === undefined && next?.kind === 'positional' && next.index === token.index + 1) {
      text = next.value;
      i++;
    }
    const field = fields.get(token.rawName);
    if (field === undefined) {
      problems.push(`unknown flag ${token.rawName}${didYouMean(token.rawName, [...fields.keys()])}`);
    } else if (text === undefined) {
      problems.push(`${token.rawName} needs a value: ${SETTINGS[field].kind.allowed}`);
    } else {
      given.unshift({ field, text, source: token.rawName });
    }
  }
  return { given, problems };
}
