/** What a service's first replica takes of the machine, by /proc. */
import { readFileSync } from 'node:fs';
import { stack } from './story.ts';

function read(service: string, file: string): string {
  const pid = stack().components.find(({ name }) => name === service)?.pid;
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return '';
  }
}

/** Resident memory in MB; 0 where the system does not tell. */
export const memoryOf = (service: string): number =>
  Number(/VmRSS:\s+(\d+) kB/.exec(read(service, 'status'))?.[1] ?? 0) / 1024;

/**
 * Milliseconds of processor time that it took since its start, all threads. What it does in that time does
 * not depend on what else the machine has to do. Where the system does not tell: the clock.
 */
export function cpuMsOf(service: string): number {
  const stat = read(service, 'stat');
  if (stat === '') return performance.now();
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

/** The most resident memory that it had since its start, in MB; 0 where the system does not tell. */
export const peakMemoryOf = (service: string): number =>
  Number(/VmHWM:\s+(\d+) kB/.exec(read(service, 'status'))?.[1] ?? 0) / 1024;
