/** What the tests of `core` use of node:test, on mocha: Stryker runs mocha in-process, mutant after mutant. */
export { describe, it as test } from 'mocha';
