/**
 * A throw-away stack beside the one that all stories share: for stories that need other deadlines or
 * replicas.
 */
import { execFile } from 'node:child_process';
import { rmSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { type Shop, shopAt } from '@order-saga/tools/shop/client';
import { urlsOf } from '../../tools/stack/attach.ts';
import { readState, ROOT, type StackState } from '../../tools/stack/state.ts';
import { temporaryStackDir } from '../../tools/stack/temporary-dir.ts';

export type OwnStack = {
  shop: Shop;
  /** Its folder. */
  dir: string;
  state(): StackState;
  /** `npm run stack -- VERB ...` on it. */
  stack(...args: string[]): Promise<unknown>;
  /** What `up` printed. */
  said: string;
  remove(): Promise<void>;
};

export async function ownStack(
  name: string,
  environment: NodeJS.ProcessEnv,
  ...up: string[]
): Promise<OwnStack> {
  const dir = temporaryStackDir(name);
  const stack = (...args: string[]) =>
    promisify(execFile)(process.execPath, [path.join(ROOT, 'tools/stack/main.ts'), ...args], {
      env: { ...process.env, OTEL_SDK_DISABLED: 'true', ...environment, STACK_DIR: dir },
    });
  const state = () => {
    const found = readState(dir);
    if (!found) throw new Error(`no stack runs in ${dir}`);
    return found;
  };
  const { stdout: said } = await stack('up', '--ephemeral', '--while', String(process.pid), ...up);
  return {
    shop: shopAt(urlsOf(state())),
    dir,
    state,
    stack,
    said,
    async remove() {
      await stack('down');
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
