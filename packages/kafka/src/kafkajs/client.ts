import type { Kafka as Client, KafkaConfig } from 'kafkajs';
import type { Log } from '@sagakit/resilience/log';
import { tellResponses } from './partition-responses.ts';
import { stopIdleSpin } from './idle-spin.ts';
import { askForTheRealEnds } from './isolation.ts';
import { noticeTopicsMadeAgain } from './made-again.ts';
import type { KafkaConnection } from '../connection.ts';
import { keepToOneSocket } from './one-socket.ts';
import { clientLog } from './client-log.ts';
import { saslOf, tlsOf } from './credentials.ts';
import { Kafka, logLevel } from './kafkajs.ts';

type Options = {
  /** See credentials.ts: for who cannot begin anew by itself. */
  patient?: boolean;
  /** See client-log.ts. */
  onTrouble?: (words: string) => void;
};

export function configOf(
  connection: KafkaConnection,
  log: Log,
  { patient = false, onTrouble }: Options = {},
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
    logCreator: () => clientLog(log, onTrouble),
  };
}

export function connect(connection: KafkaConnection, log: Log, options: Options = {}): Client {
  stopIdleSpin();
  keepToOneSocket();
  tellResponses();
  askForTheRealEnds();
  noticeTopicsMadeAgain();
  return new Kafka(configOf(connection, log, options));
}
