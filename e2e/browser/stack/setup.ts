import { CONSOLE } from '@order-saga/contracts/system';
import { enterFolder } from '../../../tools/stack/enter-folder.ts';
import { up } from '../../../tools/stack/launch.ts';
import { urlOf } from '../../../tools/stack/state.ts';

/** Long enough for a step on a busy machine, short enough to wait for a silence. */
const STEP_DEADLINE_MS = '5000';

/** An ephemeral stack on free ports, taken down afterwards, whatever happened. */
export default async function setUp(): Promise<() => Promise<void>> {
  const { leave } = enterFolder('browser');
  process.env['STEP_DEADLINE_MS'] = STEP_DEADLINE_MS;
  try {
    const say = (text: string) => console.log(`  ${text}`);
    const state = await up({ ephemeral: true, replicas: 1, jit: 'c1', forCaller: true }, say);
    process.env['CONSOLE_URL'] = urlOf(state, CONSOLE.name);
    return leave;
  } catch (error) {
    await leave();
    throw error;
  }
}
