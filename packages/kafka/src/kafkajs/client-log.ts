/**
 * What kafkajs writes to its log, in ours. Of what is Kafka's it tries again by itself or throws it: who
 * asked (the reader, the relay) tells it, with what follows from it. It calls our code, too: a fault there is
 * one of ours.
 */
import type { LogEntry } from 'kafkajs';
import type { Log } from '@sagakit/resilience/log';
import { logLevel } from './kafkajs.ts';
import { isKafkaAway, isKafkasMessage } from './trouble.ts';

/** What it does about an error, of which it has said more before. */
const DOES =
  /^(Restarting the consumer in \d+ms|Failed to connect to broker, reconnecting|The coordinator is not aware of this member, re-joining the group)$/;
const TELLS =
  /^(Crash: \w+|Failed to send messages|Failed to connect to seed broker, trying another broker from the list): /;
const RESPONSE = /^Response \w+\(key: \d+, version: \d+\)$/;

/** Most lines have nothing but the words of the error that they speak of, a few the error itself. */
type Line = Omit<LogEntry['log'], 'message'> & { message: string | Error; error?: string | Error };

/** @param onTrouble told what is the matter with Kafka, in words, each time that kafkajs says so */
export function clientLog(log: Log, onTrouble: (words: string) => void = () => {}) {
  return ({ level, log: line }: LogEntry): void => {
    const { message, timestamp: _, logger: __, stack, error, ...rest } = line as Line;
    const thrown = [message, error].find((one) => one instanceof Error);
    const says = message instanceof Error ? message.message : message;
    const text = `kafka client: ${says}`;
    const fields = thrown ? rest : { ...rest, error };
    if (level !== logLevel.ERROR || DOES.test(says)) return log.debug(fields, text);
    const words = RESPONSE.test(says) ? String(error) : says.replace(TELLS, '');
    if (thrown ? !isKafkaAway(thrown) : !isKafkasMessage(words))
      return log.error({ ...fields, ...(thrown ? { err: thrown } : { stack }) }, text);
    onTrouble(words);
    log.debug(fields, text);
  };
}
