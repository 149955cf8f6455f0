import { rmSync } from 'node:fs';
import { down } from './launch.ts';
import { temporaryStackDir } from './temporary-dir.ts';

/**
 * A folder of its own, on which all commands of this process act until it is left: then what runs there ends,
 * and the folder is gone.
 *
 * @param beforeRemoval once nothing runs there any more
 */
export function enterFolder(
  purpose: string,
  { beforeRemoval = () => {} }: { beforeRemoval?: (dir: string) => void } = {},
): { dir: string; leave(): Promise<void> } {
  const before = process.env['STACK_DIR'];
  const dir = temporaryStackDir(purpose);
  process.env['STACK_DIR'] = dir;
  return {
    dir,
    async leave() {
      await down(() => {});
      beforeRemoval(dir);
      rmSync(dir, { recursive: true, force: true });
      if (before === undefined) delete process.env['STACK_DIR'];
      else process.env['STACK_DIR'] = before;
    },
  };
}
