/** Compose files as text: what a test looks for in them needs no parser. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { ROOT } from '../stack/state.ts';

/** A file of the checkout without its comments. */
export const composeText = (file: string): string =>
  readFileSync(path.join(ROOT, file), 'utf8').replaceAll(/^ *#.*\n/gm, '');

/** The text of each service of a compose file, by name; without comments. */
export function servicesIn(file: string): ReadonlyMap<string, string> {
  const [, all = ''] = /^services:\n([\s\S]*?)^(?=\w)/m.exec(composeText(file)) ?? [];
  const [, ...parts] = all.split(/^ {2}([\w-]+):$/m);
  return new Map(parts.flatMap((name, at) => (at % 2 ? [] : [[name, parts[at + 1] ?? ''] as const])));
}

/** A value of the mapping, as it stands there; '' where there is none. */
export const valueOf = (service: string | undefined, name: string): string =>
  new RegExp(`^ +${name}: (.*)$`, 'm').exec(service ?? '')?.[1] ?? '';
