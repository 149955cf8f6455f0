import type { Log } from '@sagakit/resilience/log';
import type { Presence } from './presence.ts';

const TELL_AFTER_S = 5;

/** Tells of it once per outage, when it is one: kafkajs tries again by itself, and mostly says nothing. */
export function createAbsence(presence: Pick<Presence, 'isAway'>, groupId: string, log: Pick<Log, 'warn'>) {
  let seconds = 0;
  let trouble: string | undefined;
  let timer: NodeJS.Timeout | undefined;

  function look(): void {
    if (!presence.isAway(performance.now())) {
      seconds = 0;
      trouble = undefined;
    } else if (++seconds === TELL_AFTER_S)
      log.warn(
        { groupId, trouble },
        'nothing is read: Kafka does not answer, or the group is not joined yet',
      );
  }

  return {
    heard(words: string): void {
      trouble = words;
    },
    watch(): void {
      timer = setInterval(look, 1_000).unref();
    },
    stop: () => clearInterval(timer),
  };
}
