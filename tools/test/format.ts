/** `npm run format`: Prettier over everything. */
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { commandLine, noMore } from '../command-line.ts';
import { runTool } from '../run-tool.ts';
import { ROOT } from '../stack/state.ts';

const USAGE = `npm run format

Formats every file of the project by Prettier.`;

runTool(async () => {
  noMore('format', commandLine(USAGE, {}).positionals);
  const prettier = path.join(ROOT, 'node_modules/prettier/bin/prettier.cjs');
  const { status } = spawnSync(process.execPath, [prettier, '--write', '--log-level=warn', '.'], {
    cwd: ROOT,
    stdio: 'inherit',
  });
  return status === 0;
});
