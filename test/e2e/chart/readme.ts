/** The commands that the chart's README and its notes tell people to run, run word for word. */

import assert from 'node:assert/strict';
import { symlink, mkdir } from 'node:fs/promises';
import { delimiter, join } from 'node:path';

import { codeLinesOf, DOCUMENTS } from '../../docs/documents.ts';
import type { Assets } from '../assets.ts';
import { run } from '../rendering.ts';
import type { Report } from '../report.ts';
import { NAME, SECRET } from './place.ts';
import type { Tools } from './place.ts';

const README = 'manifests/chart/watchsieve-webhook/README.md';
const COMMAND = /^ *(?:kubectl|helm) /;
/** They wait for controllers and kubelets, of which there are none here. */
const NEEDS_PODS = / rollout | logs /;
/** Of the other way to install it, which has a life of its own in this scenario. */
const KUSTOMIZE = / -k manifests\/webhook$/;

/** Runs one line in the folder that holds a copy of manifests/. */
export type Shell = (line: string) => Promise<string>;

export async function shellFor(tools: Tools, assets: Assets): Promise<Shell> {
  const bin = join(tools.folder, 'bin');
  await mkdir(bin);
  await symlink(assets.kubectl, join(bin, 'kubectl'));
  await symlink(await assets.helm(), join(bin, 'helm'));
  const env = {
    PATH: [bin, process.env['PATH'] ?? ''].join(delimiter),
    KUBECONFIG: tools.kubeconfig,
    HOME: tools.folder,
  };
  return (line) => run({ command: 'sh', args: ['-c', line], cwd: tools.folder, env });
}

/**
 * From the namespace to the last trace, as somebody with Helm would read it.
 * @param installed - does what the program would do then.
 */
export async function proveReadme(
  report: Report,
  shell: Shell,
  installed: () => Promise<void>,
): Promise<void> {
  const document = DOCUMENTS.find(({ path }) => path === README);
  assert.ok(document);
  const lines = codeLinesOf(document).filter((line) => COMMAND.test(line));
  assert.equal(lines.filter((line) => KUSTOMIZE.test(line)).length, 3);
  const ours = lines.filter((line) => !NEEDS_PODS.test(line) && !KUSTOMIZE.test(line));
  assert.ok(ours.length >= 9, `${ours.length} commands`);
  let notes = '';
  for (const line of ours)
    await report.check(`README: ${line}`, async () => {
      const output = await shell(line);
      if (!line.startsWith('helm install')) return;
      notes = output;
      await installed();
    });
  await report.check('the notes that Helm prints name what there is', () => proveNotes(notes, lines));
}

/** The notes are the README's commands, for what this release is called. */
function proveNotes(notes: string, readme: readonly string[]): void {
  const lines = notes
    .split('\n')
    .filter((line) => COMMAND.test(line))
    .map((line) => line.trim().replace(/ \| head .*$/, ''));
  assert.deepEqual(
    lines.filter((line) => !readme.includes(line)),
    [],
  );
  assert.equal(lines.length, 6);
  assert.ok(lines.some((line) => line.endsWith(` delete secret ${SECRET}`)));
  assert.ok(lines.some((line) => line.endsWith(` deployment ${NAME}`)));
}
