/** The figures of a run, as JSON and as a page for people. Pure. */
import os from 'node:os';
import type { Ended } from './load.ts';
import type { Usage } from './process-table.ts';

export type Figures = {
  placed: number;
  confirmed: number;
  rejected: number;
  seconds: number;
  sagasPerSecond: number;
  latencyMs: { p50: number; p95: number; p99: number; max: number };
  cpuSecondsPer1000Orders: number;
  components: Record<string, { cpuSecondsPer1000Orders: number; peakMemoryMb: number }>;
  peakMemoryMb: number;
  messagesPerOrder: number;
  commitsPerOrder: number;
  /** Share of one core that the idle stack took before the load. */
  idleCpu?: number;
  machine: string;
  load: string;
  reference?: { ordersPerSecond: number; ratio: number };
};

function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)] ?? 0;
}

export function figuresOf(options: {
  ended: Ended[];
  seconds: number;
  usage: Map<string, Usage>;
  messages: number;
  commits: number;
  load: string;
  idleCpu?: number | undefined;
  reference?: { orders: number; seconds: number } | undefined;
}): Figures {
  const { ended, seconds, usage } = options;
  const latencies = ended.map(({ latencyMs }) => latencyMs).sort((a, b) => a - b);
  const at = (share: number) => round(percentile(latencies, share), 1);
  const perThousand = (cpu: number) => round((cpu * 1000) / ended.length, 2);
  const all = [...usage.values()];
  const sagasPerSecond = ended.length / seconds;
  const referenceRate = options.reference && options.reference.orders / options.reference.seconds;
  return {
    placed: ended.length,
    confirmed: ended.filter(({ status }) => status === 'CONFIRMED').length,
    rejected: ended.filter(({ status }) => status === 'REJECTED').length,
    seconds: round(seconds, 2),
    sagasPerSecond: round(sagasPerSecond, 1),
    latencyMs: { p50: at(0.5), p95: at(0.95), p99: at(0.99), max: at(1) },
    cpuSecondsPer1000Orders: perThousand(all.reduce((total, { cpuSeconds }) => total + cpuSeconds, 0)),
    components: Object.fromEntries(
      [...usage].map(([name, { cpuSeconds, memoryMb }]) => [
        name,
        { cpuSecondsPer1000Orders: perThousand(cpuSeconds), peakMemoryMb: Math.round(memoryMb) },
      ]),
    ),
    peakMemoryMb: Math.round(all.reduce((total, { memoryMb }) => total + memoryMb, 0)),
    messagesPerOrder: round(options.messages / ended.length, 1),
    commitsPerOrder: round(options.commits / ended.length, 2),
    ...(options.idleCpu === undefined ? {} : { idleCpu: round(options.idleCpu, 3) }),
    machine: `${os.cpus().length} cores (${os.cpus()[0]?.model.trim()}), ${Math.round(os.totalmem() / 2 ** 30)} GB, ${os.platform()}, Node ${process.versions.node}`,
    load: options.load,
    ...(referenceRate === undefined
      ? {}
      : {
          reference: {
            ordersPerSecond: round(referenceRate, 1),
            ratio: round(sagasPerSecond / referenceRate, 3),
          },
        }),
  };
}

const round = (value: number, digits: number) => Number(value.toFixed(digits));

export function page(figures: Figures): string {
  const { latencyMs: l, reference } = figures;
  const rows = Object.entries(figures.components).map(
    ([name, { cpuSecondsPer1000Orders: cpu, peakMemoryMb: mb }]) =>
      `  ${name.padEnd(20)}${cpu.toFixed(2).padStart(8)} CPU-s / 1,000 orders${String(mb).padStart(8)} MB`,
  );
  return [
    `${figures.placed} orders, ${figures.load}, on ${figures.machine}`,
    `  ${figures.confirmed} confirmed, ${figures.rejected} rejected in ${figures.seconds} s: ${figures.sagasPerSecond} sagas/s`,
    `  from request to terminal state: p50 ${l.p50} ms, p95 ${l.p95} ms, p99 ${l.p99} ms, max ${l.max} ms`,
    `  ${figures.messagesPerOrder} messages and ${figures.commitsPerOrder} database commits per order`,
    ...rows,
    `  ${'all'.padEnd(20)}${figures.cpuSecondsPer1000Orders.toFixed(2).padStart(8)} CPU-s / 1,000 orders${String(figures.peakMemoryMb).padStart(8)} MB`,
    ...(figures.idleCpu === undefined ? [] : [`  idle: ${(figures.idleCpu * 100).toFixed(1)} % of a core`]),
    ...(reference
      ? [
          `  reference (one process, one transaction per order): ${reference.ordersPerSecond} orders/s; ratio ${reference.ratio}`,
        ]
      : []),
  ].join('\n');
}
