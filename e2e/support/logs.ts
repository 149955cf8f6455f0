import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { ROOT, type StackState } from '../../tools/stack/state.ts';

/** What they say from now on, line by line; of containers nothing. */
export function logsOf(stack: StackState, services: readonly string[]): () => string[] {
  const logs = stack.compose ? [] : stack.components.filter(({ name }) => services.includes(name));
  const files = logs.map(({ log }) => path.resolve(ROOT, log));
  const sizes = files.map((file) => statSync(file).size);
  return () => files.flatMap((file, at) => readFileSync(file).subarray(sizes[at]).toString().split('\n'));
}
