/** argv in, exit code out; nothing else. */
import { processIo } from './cli/io.ts';
import { exitCode, mindReaders } from './cli/outputs.ts';
import { run } from './cli/run.ts';

const argv = process.argv.slice(2);
mindReaders(argv[0], process, (code) => process.exit(code));
const code = await run(argv, processIo());
// exit(), not exitCode: a connection someone forgot must not hold the process after its drain. A pipe takes long
// output in parts, and exit() would cut it off.
process.exit(await exitCode(argv[0], code, process));
