/** Numbers, times and ids in words. Pure: the same on every machine. */
import type { Money } from '@order-saga/console/api';

/** `€ 49.00`, as the told sentence writes it. */
export function money({ amount, currency }: Money): string {
  const text = (amount / 100).toFixed(2).replace(/\B(?=(\d{3})+\.)/g, ',');
  return currency === 'EUR' ? `€ ${text}` : `${text} ${currency}`;
}

/** `8 ms`, `1.4 s`, `2 min 3 s`, `3 h 20 min`. Below 0 with a minus. */
export function duration(ms: number): string {
  if (ms < 0) return `−${duration(-ms)}`;
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 10_000) return `${(ms / 1000).toFixed(1).replace(/\.0$/, '')} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return joined(minutes, 'min', seconds % 60, 's');
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return joined(hours, 'h', minutes % 60, 'min');
  return joined(Math.floor(hours / 24), 'd', hours % 24, 'h');
}

const joined = (a: number, unit: string, b: number, small: string) =>
  b === 0 ? `${a} ${unit}` : `${a} ${unit} ${b} ${small}`;

/** When something was, after the story began, to the millisecond: `+61 ms`, `+4.210 s`, `+2:00.043`. */
export function after(ms: number): string {
  if (ms < 0) return duration(ms);
  if (ms < 1000) return `+${Math.round(ms)} ms`;
  const seconds = (ms % 60_000) / 1000;
  if (ms < 60_000) return `+${seconds.toFixed(3)} s`;
  return `+${Math.floor(ms / 60_000)}:${seconds.toFixed(3).padStart(6, '0')}`;
}

/** UUIDv7 of one minute begin alike, so what is shown of an id is its end. */
export const shortId = (id: string): string => id.slice(-8);

export type Zone = 'utc' | 'local';

/** `14:02:11.204`, or with the day in front if it is not today's. */
export function clock(
  iso: string,
  zone: Zone,
  { now, millis = true }: { now?: number; millis?: boolean } = {},
): string {
  const at = shifted(iso, zone);
  const time = at.slice(11, millis ? 23 : 19);
  if (now === undefined) return time;
  const today = shifted(new Date(now).toISOString(), zone).slice(0, 10);
  return at.startsWith(today) ? time : `${at.slice(0, 10)} ${time}`;
}

/** The whole of it: `2026-11-26 14:02:11.204 UTC`. */
export function wholeTime(iso: string, zone: Zone): string {
  return `${shifted(iso, zone).slice(0, 23).replace('T', ' ')} ${zone === 'utc' ? 'UTC' : 'local'}`;
}

function shifted(iso: string, zone: Zone): string {
  const time = new Date(iso);
  if (Number.isNaN(time.getTime())) return iso;
  const offset = zone === 'local' ? time.getTimezoneOffset() : 0;
  return new Date(time.getTime() - offset * 60_000).toISOString();
}

/** `3 s ago` */
export function ago(iso: string, now: number): string {
  const ms = now - Date.parse(iso);
  if (ms < 1000) return 'just now';
  return `${coarse(ms)} ago`;
}

function coarse(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 172_800) return `${Math.floor(seconds / 3600)} h`;
  return `${Math.floor(seconds / 86_400)} d`;
}

/** `1 message`, `2 messages` */
export const counted = (n: number, one: string, many = `${one}s`): string =>
  `${n.toLocaleString('en')} ${n === 1 ? one : many}`;

/** `612 bytes`, `1.4 kB` */
export const size = (bytes: number): string =>
  bytes < 1000 ? `${bytes} bytes` : `${(bytes / 1000).toFixed(1)} kB`;
