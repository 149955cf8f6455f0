import type { Kafka as Client } from 'kafkajs';
import type { Log } from '@sagakit/resilience/log';
import { tellResponses } from './partition-responses.ts';
import { stopIdleSpin } from './idle-spin.ts';
import { askForTheRealEnds } from './isolation.ts';
import { noticeTopicsMadeAgain } from './made-again.ts';
import { Kafka, logLevel } from './kafkajs.ts';

export type KafkaConnection = { brokers: string[]; clientId: string };

/**
 * Said once or twice whenever topics are young or a broker restarts; kafkajs recovers from each by itself.
 */
const EXPECTED =
  /not the leader|coordinator|rebalanc|does not host this topic-partition|ECONNREFUSED|Connection (error|timeout)|closed connection/i;

export function connect({ brokers, clientId }: KafkaConnection, log: Log): Client {
  stopIdleSpin();
  tellResponses();
  askForTheRealEnds();
  noticeTopicsMadeAgain();
  return new Kafka({
    brokers,
    clientId,
    connectionTimeout: 3_000,
    requestTimeout: 20_000,
    retry: { initialRetryTime: 100, maxRetryTime: 3_000, retries: 1_000_000 },
    logLevel: logLevel.INFO,
    logCreator: () => (entry) => {
      const { message, timestamp: _, logger: __, stack: ___, ...fields } = entry.log;
      const text = `kafka client: ${message}`;
      if (entry.level === logLevel.ERROR) {
        if (EXPECTED.test(`${message} ${fields['error'] ?? ''}`)) log.debug(fields, text);
        else log.error(fields, text);
      } else if (entry.level === logLevel.WARN) log.debug(fields, text);
      else log.debug(fields, text);
    },
  });
}
