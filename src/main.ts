/** argv -> cli, exit code. The only process.exit of the product. */

import { runProgram } from './cli/program.ts';

// A reader that has left (`| head`) is no fault of ours.
process.stdout.on('error', () => undefined);
const code = await runProgram(process.argv.slice(2));
// More than a pipe holds (128 KB were seen) is still to be written when the verb is done.
await new Promise<void>((resolve) => process.stdout.write('', () => resolve()));
process.exit(code);
