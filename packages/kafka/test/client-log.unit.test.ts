/** What of kafkajs' log is a service's: it is kafkajs that speaks here, with its own errors. */
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { describe, it } from 'node:test';
import { type Log, quiet } from '@sagakit/resilience/log';
import type { Logger } from 'kafkajs';
import { clientLog } from '../src/kafkajs/client-log.ts';
import { connect } from '../src/kafkajs/client.ts';
import { logLevel } from '../src/kafkajs/kafkajs.ts';
import { isKafkaAway, isKafkasMessage } from '../src/kafkajs/trouble.ts';

const require = createRequire(import.meta.url);
const { createLogger } = require('kafkajs/src/loggers/index.js') as {
  createLogger(options: object): Logger;
};
const { errorCodes, createErrorFromCode } = require('kafkajs/src/protocol/error.js') as {
  errorCodes: { code: number; type: string }[];
  createErrorFromCode(code: number): Error & { type: string };
};
type Batch = { topic: string; partition: number; messages: unknown[]; firstOffset(): string };
const Runner = require('kafkajs/src/consumer/runner.js') as new (options: object) => {
  processEachBatch(batch: Batch): Promise<void>;
};
const SocketRequest = require('kafkajs/src/network/requestQueue/socketRequest.js') as new (
  options: object,
) => { timeoutRequest(): void };
const Lock = require('kafkajs/src/utils/lock.js') as new (options: object) => { acquire(): Promise<void> };

const Connection = require('kafkajs/src/network/connection.js') as new (options: object) => {
  connect(): Promise<void>;
};
const socketFactory = require('kafkajs/src/network/socketFactory.js') as () => object;

function listening() {
  const heard: { level: string; fields: object; text: string }[] = [];
  const hear = (level: string) => (fields: object, text: string) => heard.push({ level, fields, text });
  const log: Log = { ...quiet, debug: hear('debug'), error: hear('error') };
  const troubles: string[] = [];
  const logCreator = () => clientLog(log, (words) => troubles.push(words));
  return { heard, log, troubles, logger: createLogger({ level: logLevel.INFO, logCreator }) };
}

const request = { apiName: 'Produce', apiKey: 0, apiVersion: 7 };
const timedOut = () =>
  new Promise<Error>((reject) =>
    new SocketRequest({ entry: { ...request, reject }, timeout() {} }).timeoutRequest(),
  );
async function locked(): Promise<Error> {
  const lock = new Lock({ timeout: 1, description: 'updating metadata' });
  await lock.acquire();
  return lock.acquire().then(
    () => assert.fail('two have it'),
    (error: Error) => error,
  );
}
/** Nobody listens there. */
const NOBODY = { host: '127.0.0.1', port: 1 };
const refused = () =>
  new Connection({ ...NOBODY, logger: listening().logger, socketFactory: socketFactory(), ssl: false })
    .connect()
    .then(
      () => assert.fail('connected'),
      (error: Error) => error,
    );

describe('an error of Kafka is known by its message where there is nothing else', () => {
  for (const { code, type } of errorCodes)
    it(type, () => {
      const error = createErrorFromCode(code);
      // A right that is missing is for an operator: the log says it, too.
      const passes = isKafkaAway(error) && !/_(AUTHORIZATION|AUTHENTICATION)_FAILED$/.test(type);
      assert.equal(isKafkasMessage(error.message), passes);
    });
  for (const [name, provoked] of [
    ['a request without an answer', timedOut],
    ['a connection that others wait for', locked],
    ['no broker', refused],
  ] as const)
    it(name, async () => {
      const error = await provoked();
      assert.ok(isKafkaAway(error));
      assert.ok(isKafkasMessage(error.message), error.message);
    });
  for (const ours of ['pool.connect timed out', 'Not connected to the lock', 'no coordinator', 'x is null'])
    it(`no error of ours: ${ours}`, () => assert.ok(!isKafkasMessage(ours)));
});

describe('of what kafkajs writes to its log', () => {
  it('a broker that is away is told by who asked, who gets its words', async () => {
    const { heard, troubles, logger } = listening();
    const { message } = await refused();
    logger.error(`Failed to connect to seed broker, trying another broker from the list: ${message}`);
    logger.error('Response Fetch(key: 1, version: 11)', { error: createErrorFromCode(6).message });
    logger.error('Crash: KafkaJSConnectionError: Not connected', { stack: 'at kafkajs' });
    logger.error('Restarting the consumer in 300ms');
    assert.deepEqual(
      heard.filter(({ level }) => level !== 'debug'),
      [],
    );
    assert.deepEqual(troubles, [message, createErrorFromCode(6).message, 'Not connected']);
  });
  it('a fault of a batch of ours is one, whatever it speaks of', async () => {
    const { heard, logger } = listening();
    const error = new Error('the room timed out: Not connected');
    const runner = new Runner({
      logger,
      eachBatch: () => Promise.reject(error),
      consumerGroup: {},
      autoCommit: false,
    });
    const batch = { topic: 'rooms.events', partition: 0, messages: [], firstOffset: () => '7' };
    await assert.rejects(runner.processEachBatch(batch), error);
    assert.deepEqual(heard, [
      {
        level: 'error',
        fields: { topic: 'rooms.events', partition: 0, offset: '7', err: error },
        text: 'kafka client: Error when calling eachBatch',
      },
    ]);
  });
  it('a fault of a listener of ours keeps its stack', async () => {
    const { heard, log } = listening();
    const consumer = connect({ brokers: ['127.0.0.1:1'], clientId: 'test' }, log).consumer({ groupId: 'g' });
    const error = new Error('Request timed out');
    consumer.on(consumer.events.DISCONNECT, () => Promise.reject(error) as never);
    await consumer.disconnect();
    await new Promise(setImmediate);
    assert.deepEqual(
      heard.filter(({ level }) => level === 'error'),
      [
        {
          level: 'error',
          fields: { eventName: 'consumer.disconnect', stack: error.stack, error: undefined },
          text: 'kafka client: Failed to execute listener: Request timed out',
        },
      ],
    );
  });
  it('what was thrown where it speaks to a broker is a fault of ours unless it is an error of Kafka', () => {
    const { heard, logger } = listening();
    const fault = new TypeError('x is not a function');
    logger.error(fault as never, { stack: fault.stack });
    logger.error(createErrorFromCode(15) as never);
    logger.error('Response Fetch(key: 1, version: 11)', { error: fault.message });
    logger.error(fault.message, { retryCount: 0 });
    assert.deepEqual(
      heard.map(({ level, text }) => [level, text]),
      [
        ['error', `kafka client: ${fault.message}`],
        ['debug', `kafka client: ${createErrorFromCode(15).message}`],
        ['error', 'kafka client: Response Fetch(key: 1, version: 11)'],
        ['error', `kafka client: ${fault.message}`],
      ],
    );
    assert.equal((heard[0]?.fields as { err?: unknown }).err, fault);
  });
});
