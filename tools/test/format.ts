/** `npm run format`: Prettier over everything. */
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { ROOT } from '../stack/state.ts';

const prettier = path.join(ROOT, 'node_modules/prettier/bin/prettier.cjs');
const { status } = spawnSync(process.execPath, [prettier, '--write', '--log-level=warn', '.'], {
  cwd: ROOT,
  stdio: 'inherit',
});
process.exit(status ?? 1);
