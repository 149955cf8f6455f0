/** CPU seconds and memory of each component with its children, from /proc (elsewhere: unknown). */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import type { Component } from '../stack/state.ts';

export type Usage = { cpuSeconds: number; memoryMb: number };

const TICKS_PER_SECOND = 100;

type Proc = { pid: number; parent: number; ticks: number };

function readProcesses(): Proc[] {
  if (!existsSync('/proc/self/stat')) return [];
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      // utime, stime, and those of children that have ended (database backends).
      const ticks = [11, 12, 13, 14].reduce((total, field) => total + Number(fields[field]), 0);
      return [{ pid: Number(name), parent: Number(fields[1]), ticks }];
    } catch {
      return [];
    }
  });
}

/** Proportional: memory that several processes share is counted once. */
function memoryMb(pid: number): number {
  try {
    const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
    return Number(/^Pss:\s+(\d+)/m.exec(rollup)?.[1] ?? 0) / 1024;
  } catch {
    return 0;
  }
}

/** One sample. Components that are down are left out. */
function sample(components: readonly Component[]): Map<string, Usage> {
  const processes = readProcesses();
  const children = Map.groupBy(processes, ({ parent }) => parent);
  const usage = new Map<string, Usage>();
  for (const { name, pid } of components) {
    if (pid === undefined) continue;
    const own: Proc[] = [];
    const queue = processes.filter((candidate) => candidate.pid === pid);
    for (let next = queue.pop(); next; next = queue.pop()) {
      own.push(next);
      queue.push(...(children.get(next.pid) ?? []));
    }
    const before = usage.get(name) ?? { cpuSeconds: 0, memoryMb: 0 };
    usage.set(name, {
      cpuSeconds: before.cpuSeconds + own.reduce((total, { ticks }) => total + ticks, 0) / TICKS_PER_SECOND,
      memoryMb: before.memoryMb + own.reduce((total, process) => total + memoryMb(process.pid), 0),
    });
  }
  return usage;
}

/** Samples until stopped; gives the CPU used meanwhile and the peak memory, per component. */
export function watch(components: () => readonly Component[], everyMs = 5_000): () => Map<string, Usage> {
  const first = sample(components());
  const peak = new Map<string, number>();
  const look = () => {
    const now = sample(components());
    for (const [name, { memoryMb: mb }] of now) peak.set(name, Math.max(peak.get(name) ?? 0, mb));
    return now;
  };
  const timer = setInterval(look, everyMs);
  return () => {
    clearInterval(timer);
    const last = look();
    return new Map(
      [...last].map(([name, { cpuSeconds }]) => [
        name,
        { cpuSeconds: cpuSeconds - (first.get(name)?.cpuSeconds ?? 0), memoryMb: peak.get(name) ?? 0 },
      ]),
    );
  };
}
