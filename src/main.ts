#!/usr/bin/env node
/** argv in, exit code out; nothing else. */
import { processIo } from './cli/io.ts';
import { run } from './cli/run.ts';

// exit(), not exitCode: a connection someone forgot must not hold the process after its drain.
process.exit(await run(process.argv.slice(2), processIo()));
