#!/usr/bin/env node
/** argv in, exit code out; nothing else. */
import { once } from 'node:events';
import { processIo } from './cli/io.ts';
import { run } from './cli/run.ts';

const code = await run(process.argv.slice(2), processIo());
// A pipe takes long output in parts, and exit() would cut it off.
if (process.stdout.writableLength > 0) await once(process.stdout, 'drain');
// exit(), not exitCode: a connection someone forgot must not hold the process after its drain.
process.exit(code);
