/** The client-go writer of go/writer as a child process, run to its end. */

import assert from 'node:assert/strict';

import { runToEnd } from '../support/child.ts';
import { numberAt, parseJson, textAt, valueAt } from '../support/json-value.ts';

/** What became of one write. */
export interface Written {
  readonly verb: string;
  /** How often client-go sent it. */
  readonly sent: number;
  /** Empty where it succeeded, `status CODE` where it was answered, else `broken`. */
  readonly outcome: string;
  readonly error: string;
}

export interface WriterOptions {
  readonly program: string;
  readonly kubeconfig: string;
  /** One of every sort, or so many ConfigMaps, each made and patched. */
  readonly writes: 'each' | number;
  /** Value of the label `written-by`. */
  readonly label: string;
  readonly timeoutMs: number;
}

export async function write(options: WriterOptions): Promise<Written[]> {
  const { program, kubeconfig, writes, label, timeoutMs } = options;
  const { code, stdout, stderr } = await runToEnd({
    name: `writer ${label}`,
    command: program,
    args: [
      `--kubeconfig=${kubeconfig}`,
      `--label=${label}`,
      ...(writes === 'each' ? ['--mode=each'] : ['--mode=many', `--count=${writes}`]),
    ],
    timeoutMs,
  });
  assert.equal(code, 0, stderr);
  return stdout
    .trim()
    .split('\n')
    .map((text) => {
      const line = parseJson(text);
      return {
        verb: textAt(line, 'verb'),
        sent: numberAt(line, 'sent'),
        outcome: textAt(line, 'outcome'),
        error: optionalText(valueAt(line, 'error')),
      };
    });
}

function optionalText(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
