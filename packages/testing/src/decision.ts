import type { Context } from '@sagakit/messaging/aggregate/decision';
import { rootContext } from '@sagakit/messaging/to-envelope';

/**
 * What a decision gets besides state and data, for tests of decisions.
 *
 * @param options.notStarted effects that wait and that nobody has started
 */
export function contextOf<Id extends string>(
  subject: Id,
  {
    notStarted = [],
    now = new Date('2026-01-01T00:00:00Z'),
  }: { notStarted?: readonly { kind: string }[]; now?: Date } = {},
): Context<Id> {
  return {
    subject,
    now,
    message: {
      ...rootContext('conversation', '00-00000000000000000000000000000001-0000000000000001-00'),
      id: 'message',
      hops: 0,
    },
    notStarted: ({ kind }) => notStarted.some((effect) => effect.kind === kind),
  };
}
