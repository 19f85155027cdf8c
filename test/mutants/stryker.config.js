/**
 * Mutation testing of `core`. Every mutant that no test notices is code that no test needs.
 *
 * The tests are written for node:test, for which Stryker has no runner; test/mutants puts mocha in its place, which
 * Stryker runs in-process: a mutant costs what its tests cost, not the start of a process for each of their files.
 */
import { globSync } from 'node:fs';

// Read by test/support/property-runs.ts: each property is tried on a few cases, the same ones for every mutant.
process.env.PROPERTY_RUNS ??= '0.04';

/** Tests of other rooms, and those that take long, the longest last: a mutant ends with the first test that fails. */
const LAST = [
  'test/config/resources.test.ts',
  'test/install/analyze/protobuf-values.test.ts',
  'test/core/codec/lists.test.ts',
  'test/core/codec/splitters.test.ts',
  'test/serve/watch/doubt.test.ts',
  'test/core/sieve/list-tap.test.ts',
  'test/core/codec/json/shortcuts.test.ts',
  ...globSync('test/core/sieve/*.property.test.ts').sort(),
];
/** Tests that would take most of the time and notice nothing that the others do not. */
const NOT = ['test/core/codec/fuzz.property.test.ts', 'test/core/sieve/fixtures.test.ts'];

// Every other test of core, rooms that are added later included.
const FIRST = globSync('test/core/**/*.test.ts', { exclude: [...LAST, ...NOT] }).sort();

/** @type {import('@stryker-mutator/api/core').PartialStrykerOptions} */
export default {
  testRunner: 'mocha',
  plugins: ['@stryker-mutator/mocha-runner'],
  mochaOptions: {
    'no-config': true,
    'no-package': true,
    require: ['./test/mutants/setup.js'],
    spec: [...FIRST, ...LAST],
  },
  // What a script writes from Kubernetes' own files is compared with Go by `npm run test:schemas`.
  mutate: globSync('src/core/**/*.ts', { exclude: ['src/core/resource/tables/*'] }),
  ignorePatterns: ['/bench', '/dist', '/docs', '/manifests', '/reports', '/test/e2e'],
  coverageAnalysis: 'perTest',
  concurrency: 2,
  timeoutMS: 5_000,
  timeoutFactor: 1.5,
  incremental: true,
  incrementalFile: 'reports/mutation/incremental.json',
  thresholds: { high: 95, low: 90, break: 90 },
  reporters: ['progress-append-only', 'clear-text', 'json'],
  clearTextReporter: { allowColor: false, logTests: false, reportTests: false },
};
