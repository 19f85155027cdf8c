/** What operators hand in, and those who may write a ConfigMap: settings, kubeconfigs, manifests, flags. */
import { NODES_ALONE, resourceNamed } from '../../src/core/resource/named.ts';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readRows } from '../../src/config/read-rows.ts';
import { parseDemoOptions } from '../../src/lab/demo/options.ts';
import { parseManifestOptions } from '../../src/install/flags/manifest-options.ts';
import { parseRecordOptions, parseReplayOptions } from '../../src/lab/recording/options.ts';
import { parseWebhookOptions } from '../../src/install/flags/webhook-options.ts';
import { parseAnalyzeOptions } from '../../src/install/analyze/options.ts';
import { parseSettings } from '../../src/config/parse-settings.ts';
import { parseLabelSelector } from '../../src/install/inject/selector.ts';
import { splitDocuments } from '../../src/install/inject/documents.ts';
import { NODES } from '../../src/core/resource/node.ts';
import { problemOfText } from '../../src/core/projection/path-problems.ts';
import { parseFieldPath } from '../../src/core/projection/field-path.ts';
import { kubeconfigTarget } from '../../src/platform/upstream/kubeconfig-target.ts';
import { inClusterTarget } from '../../src/platform/upstream/target.ts';
import { asIs, type Parser } from './parser.ts';

/** No argument and no variable is longer (Linux, MAX_ARG_STRLEN). */
const ARGUMENT = 128 * 1024;

const FLAGS = ['listen', 'drain-timeout', 'max-frame-bytes', 'context'];
const VARIABLES = ['WATCHSIEVE_', 'WATCHSIEVE_A_SERVICE_PORT_', 'WATCHSIEVE_A_PORT_80_TCP_'];

const kubeconfig = (server: string): string =>
  JSON.stringify({
    'current-context': 'c',
    contexts: [{ name: 'c', context: { cluster: 'k', user: 'u' } }],
    clusters: [{ name: 'k', cluster: { server } }],
  });

export const PARSERS_OF_FILES: readonly Parser[] = [
  {
    file: 'config/kinds.ts',
    atMost: ARGUMENT,
    name: 'values of settings',
    inputs: (worst) => [worst, `a${worst}`, `1${worst}`, `a/${worst}`],
    parse: (text) =>
      parseSettings({
        argv: FLAGS.map((flag) => `--${flag}=${text}`),
        env: {},
        readFile: () => undefined,
      }),
  },
  {
    file: 'config/given.ts',
    atMost: ARGUMENT,
    name: 'names of settings',
    inputs: asIs,
    parse: (text) => parseSettings({ argv: [`--${text}`], env: {}, readFile: () => undefined }),
  },
  {
    file: 'config/read-env.ts',
    atMost: ARGUMENT,
    name: 'names of variables',
    inputs: asIs,
    parse: (text) =>
      parseSettings({
        argv: [],
        env: Object.fromEntries(VARIABLES.map((name) => [name + text, ''])),
        readFile: () => undefined,
      }),
  },
  {
    file: 'config/read-file.ts',
    name: 'the config file',
    inputs: (worst) => [
      worst,
      `mode: ${worst}`,
      `projections: {a: ${worst}`,
      `projections:\n  a: ${worst}`,
      `resources: {${worst}`,
      `resources:\n  ${worst}: x`,
    ],
    parse: (text) => parseSettings({ argv: [], env: {}, readFile: () => text }),
  },
  {
    file: 'core/resource/named.ts',
    name: 'names of resources',
    inputs: (worst) => [worst, `a.${worst}`, `a/v1/A${worst}`],
    parse: (text) => resourceNamed(text, NODES_ALONE),
  },
  {
    file: 'core/projection/path-problems.ts',
    name: 'paths that are none',
    inputs: (worst) => [worst, `metadata.labels.${worst}`, `metadata.annotations.${worst}`],
    parse: (text) => problemOfText(NODES.schema, text),
  },
  {
    file: 'core/projection/field-path.ts',
    name: 'paths of fields',
    inputs: (worst) => [worst, `a[${worst}]`, `a["${worst}"]`],
    parse: parseFieldPath,
  },
  {
    file: 'platform/upstream/target.ts',
    atMost: ARGUMENT,
    name: 'the environment of a Pod',
    inputs: asIs,
    parse: (text) => inClusterTarget({ KUBERNETES_SERVICE_HOST: text, KUBERNETES_SERVICE_PORT: text }),
  },
  {
    file: 'platform/upstream/kubeconfig-target.ts',
    name: 'kubeconfigs',
    inputs: (worst) => [kubeconfig(`https://h/${worst}`), kubeconfig(worst)],
    async parse(text) {
      const folder = mkdtempSync(join(tmpdir(), 'watchsieve-linear-'));
      try {
        writeFileSync(join(folder, 'kubeconfig'), text);
        return await kubeconfigTarget(join(folder, 'kubeconfig'));
      } finally {
        rmSync(folder, { recursive: true });
      }
    },
  },
  {
    file: 'install/inject/selector.ts',
    atMost: ARGUMENT,
    name: 'selectors of labels',
    inputs: (worst) => [
      worst,
      `a${worst}`,
      `a in (${worst}`,
      `a=${worst}`,
      `a${' '.repeat(10)}in (${worst})`,
    ],
    parse: parseLabelSelector,
  },
  { file: 'install/inject/documents.ts', name: 'markers of documents', inputs: asIs, parse: splitDocuments },
  {
    file: 'config/read-rows.ts',
    atMost: ARGUMENT,
    name: 'words and letters of a command line',
    inputs: asIs,
    parse: (text) => readRows([text, `-${text}`, `--${text}`], []),
  },
  {
    file: 'config/flags.ts',
    atMost: ARGUMENT,
    name: 'flags of inject',
    inputs: asIs,
    parse: (text) =>
      parseManifestOptions('inject', [`--image=${text}`, `--kubernetes=${text}`, `--selector=${text}`]),
  },
  {
    file: 'install/flags/rows.ts',
    atMost: ARGUMENT,
    name: 'flags of webhook',
    inputs: (worst) => [worst, `a/${worst}`],
    parse: (text) =>
      parseWebhookOptions([
        `--service=${text}`,
        `--secret=${text}`,
        `--configuration=${text}`,
        `--host=${text}`,
        `--limits=${text}`,
      ]),
  },
  {
    file: 'install/analyze/options.ts',
    atMost: ARGUMENT,
    name: 'flags of analyze',
    inputs: asIs,
    parse: (text) =>
      parseAnalyzeOptions([
        `--resource=${text}`,
        `--duration=${text}`,
        `--consumer=${text}`,
        `--max-bytes=${text}`,
      ]),
  },
  {
    file: 'lab/recording/options.ts',
    atMost: ARGUMENT,
    name: 'flags of record and replay',
    inputs: asIs,
    parse: (text) => [
      parseRecordOptions([text, `--resource=${text}`, `--duration=${text}`, `--max-bytes=${text}`]),
      parseReplayOptions([text, `--speed=${text}`, `--port=${text}`]),
    ],
  },
  {
    file: 'lab/demo/options.ts',
    atMost: ARGUMENT,
    name: 'flags of demo',
    inputs: asIs,
    parse: (text) => parseDemoOptions([text, `-${text}`, `--nodes=${text}`, `--duration=${text}`]),
  },
];
