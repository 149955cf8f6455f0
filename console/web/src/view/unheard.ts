/** Services that did not say what the page asks, in words and shapes: each kind of silence once. */
import type { Overview } from '@order-saga/console/api';
import type { Seen } from './tone.ts';

type Why = Overview['attention']['why'][string];

const KINDS: readonly { why: Why; seen: Pick<Seen, 'tone' | 'shape'>; one: string; many: string }[] = [
  { why: 'away', seen: { tone: 'bad', shape: 'cross' }, one: 'does not answer', many: 'do not answer' },
  { why: 'error', seen: { tone: 'bad', shape: 'hand' }, one: 'cannot be asked', many: 'cannot be asked' },
  {
    why: 'slow',
    seen: { tone: 'busy', shape: 'busy' },
    one: 'is slow to answer',
    many: 'are slow to answer',
  },
];

export function unheard({ why }: Pick<Overview['attention'], 'why'>): Seen[] {
  return KINDS.flatMap(({ why: kind, seen, one, many }): Seen[] => {
    const services = Object.keys(why).filter((service) => why[service] === kind);
    if (services.length === 0) return [];
    return [{ ...seen, word: `${services.join(', ')} ${services.length === 1 ? one : many}` }];
  });
}
