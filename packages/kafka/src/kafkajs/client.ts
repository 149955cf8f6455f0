import type { Kafka as Client, KafkaConfig } from 'kafkajs';
import type { Log } from '@sagakit/resilience/log';
import { tellResponses } from './partition-responses.ts';
import { stopIdleSpin } from './idle-spin.ts';
import { askForTheRealEnds } from './isolation.ts';
import { noticeTopicsMadeAgain } from './made-again.ts';
import type { KafkaConnection } from '../connection.ts';
import { keepToOneSocket } from './one-socket.ts';
import { saslOf, tlsOf } from './credentials.ts';
import { Kafka, logLevel } from './kafkajs.ts';

export type { KafkaConnection } from '../connection.ts';

/**
 * Said once or twice whenever topics are young or a broker restarts; kafkajs recovers from each by itself.
 */
const EXPECTED =
  /not the leader|coordinator|rebalanc|does not host this topic-partition|ECONNREFUSED|Connection (error|timeout)|closed connection|Failed to connect to|No broker available|Not connected|timed out/i;
/** Who asked gets the error too, and tells it with what follows from it: the consumer, the relay. */
const TOLD_BY_OTHERS = /^(Crash: |Restarting the consumer|SASL )/;

/** @param patient see credentials.ts: for who cannot begin anew by itself */
export function configOf(
  connection: KafkaConnection,
  log: Log,
  { patient = false }: { patient?: boolean } = {},
): KafkaConfig {
  const { brokers, clientId, sasl } = connection;
  return {
    brokers,
    clientId,
    ...(sasl ? { sasl: saslOf(sasl, { patient }) } : {}),
    ...tlsOf(connection),
    connectionTimeout: 3_000,
    requestTimeout: 20_000,
    retry: { initialRetryTime: 100, maxRetryTime: 3_000, retries: 1_000_000 },
    logLevel: logLevel.INFO,
    logCreator: () => (entry) => {
      const { message, timestamp: _, logger: __, stack: ___, ...fields } = entry.log;
      const text = `kafka client: ${message}`;
      if (entry.level === logLevel.ERROR) {
        if (TOLD_BY_OTHERS.test(message) || EXPECTED.test(`${message} ${fields['error'] ?? ''}`))
          log.debug(fields, text);
        else log.error(fields, text);
      } else if (entry.level === logLevel.WARN) log.debug(fields, text);
      else log.debug(fields, text);
    },
  };
}

export function connect(connection: KafkaConnection, log: Log, options: { patient?: boolean } = {}): Client {
  stopIdleSpin();
  keepToOneSocket();
  tellResponses();
  askForTheRealEnds();
  noticeTopicsMadeAgain();
  return new Kafka(configOf(connection, log, options));
}
