import { readFileSync } from 'node:fs';
import { stack } from './story.ts';

/** Resident memory of a service's first replica in MB; 0 where the system does not tell. */
export function memoryOf(service: string): number {
  const pid = stack().components.find(({ name }) => name === service)?.pid;
  try {
    return Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;
  } catch {
    return 0;
  }
}
