/**
 * Time as a line on which every event can be seen: neighbours stand apart, and a long silence is folded to a
 * mark, so that two minutes of waiting do not crush two hundred milliseconds of work. Monotone: what was
 * later never stands left.
 */
import { scaleLinear } from 'd3-scale';
import { after } from './format.ts';

type Fold = { fromMs: number; toMs: number; x: number; width: number };
export type Axis = {
  /** Where a moment stands, in pixels. Moments inside of a fold stand inside of its mark. */
  xOf: (ms: number) => number;
  folds: Fold[];
  /** Each with its label, of which none is cut and none stands on another. `labelX`: where it begins. */
  ticks: { ms: number; x: number; label: string; labelX: number }[];
  width: number;
};

const FOLDED_WIDTH = 112;
const LEAST_SILENCE_MS = 500;
const TYPICAL_GAPS = 12;
const TICK_EVERY = 74;
const LABEL_LETTER = 6.6;
const LABEL_GAP = 8;
/** A label begins a little before its tick. */
const LABEL_BEFORE = 10;

export const labelWidth = (label: string): number => label.length * LABEL_LETTER;

/** A gap is a silence if it is long for this story. */
export function silenceFrom(gaps: readonly number[]): number {
  const moved = gaps.filter((gap) => gap > 0).sort((a, b) => a - b);
  const median = moved[Math.floor((moved.length - 1) / 2)] ?? 0;
  return Math.max(LEAST_SILENCE_MS, median * TYPICAL_GAPS);
}

/**
 * @param moments milliseconds, in any order
 * @param width in pixels, with `pad` free at both ends
 */
export function timeAxis(
  moments: readonly number[],
  { width, pad = 16, even = 0.4 }: { width: number; pad?: number; even?: number },
): Axis {
  const times = [...new Set(moments)].sort((a, b) => a - b);
  const gaps = times.slice(1).map((time, i) => time - (times[i] as number));
  const silence = silenceFrom(gaps);
  const inner = Math.max(0, width - 2 * pad);
  const widths = shares(gaps, inner, { silence, even });
  const xs = widths.reduce<number[]>((all, share) => [...all, (all.at(-1) as number) + share], [pad]);
  const xOf = times.length > 1 ? scaleLinear().domain(times).range(xs).clamp(true) : () => pad;
  const folds = gaps.flatMap((gap, i): Fold[] => {
    const [x = 0, share = 0, fromMs = 0, toMs = 0] = [xs[i], widths[i], times[i], times[i + 1]];
    return gap > silence ? [{ fromMs, toMs, x, width: share }] : [];
  });
  return { xOf, folds, ticks: ticksOf(times, xs, width), width };
}

/**
 * Of the room that silences leave, a part (`even`) is given to all gaps alike, so that neighbours can be told
 * apart, and the rest by how long they are.
 */
function shares(
  gaps: readonly number[],
  inner: number,
  { silence, even }: { silence: number; even: number },
): number[] {
  const folded = gaps.filter((gap) => gap > silence).length;
  const foldWidth = folded === 0 ? 0 : Math.min(FOLDED_WIDTH, inner / (2 * folded));
  const left = inner - folded * foldWidth;
  const worked = gaps.filter((gap) => gap <= silence).reduce((sum, gap) => sum + gap, 0);
  const alike = worked === 0 ? 0 : (left * even) / (gaps.length - folded);
  return gaps.map((gap) => (gap > silence ? foldWidth : alike + (left * (1 - even) * gap) / worked));
}

function ticksOf(times: readonly number[], xs: readonly number[], width: number): Axis['ticks'] {
  const ticks: Axis['ticks'] = [];
  let free = { x: Number.NEGATIVE_INFINITY, label: Number.NEGATIVE_INFINITY };
  times.forEach((ms, i) => {
    const x = xs[i] as number;
    const label = after(ms);
    const labelX = Math.max(0, Math.min(x - LABEL_BEFORE, width - labelWidth(label)));
    if (x < free.x || labelX < free.label) return;
    ticks.push({ ms, x, label, labelX });
    free = { x: x + TICK_EVERY, label: labelX + labelWidth(label) + LABEL_GAP };
  });
  return ticks;
}
