import { globSync } from 'node:fs';
import path from 'node:path';
import { StackError } from '../stack/stack-error.ts';
import { ROOT } from '../stack/state.ts';

/** Playwright takes `file:line` and `file:line:column` too. */
const PLACE = /(:\d+){1,2}$/;

/** Throws if a name fits no story's file: before a stack is brought up for nothing. */
export function checkStoryNames(names: readonly string[]): void {
  const files = globSync('e2e/{*,failures/*,containers/*}.spec.ts', { cwd: ROOT }).sort();
  for (const name of names) {
    const file = name.replace(PLACE, '');
    const places = files.map((story) => path.join(ROOT, story));
    if (places.some((place) => place.includes(file) || matches(place, file))) continue;
    const all = files.map((story) => story.slice('e2e/'.length, -'.spec.ts'.length)).join(', ');
    throw new StackError('e2e', `there is no story ${name}; there are ${all}`);
  }
}

function matches(place: string, pattern: string): boolean {
  try {
    return new RegExp(pattern).test(place);
  } catch {
    return false; // no pattern
  }
}
