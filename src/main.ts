/** argv -> cli, exit code. The only process.exit of the product. */

import { runProgram } from './cli/program.ts';

process.exit(await runProgram(process.argv.slice(2)));
