/** What is said of what kafkajs throws: its own classes, wrapped as it wraps them. */
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { describe, it } from 'node:test';
import type * as Library from 'kafkajs';
import { troubleOf } from '../src/kafkajs/trouble.ts';
import '../src/kafkajs/kafkajs.ts';

const require = createRequire(import.meta.url);
/** Its types leave out what some of them take. */
type Classes = Record<string, new (...args: unknown[]) => Error>;
const {
  KafkaJSAggregateError,
  KafkaJSConnectionError,
  KafkaJSGroupCoordinatorNotFound,
  KafkaJSLockTimeout,
  KafkaJSNonRetriableError,
  KafkaJSNumberOfRetriesExceeded,
  KafkaJSRequestTimeoutError,
  KafkaJSSASLAuthenticationError,
} = require('kafkajs/src/errors.js') as { [Name in keyof typeof Library]: Classes[string] };
const { createErrorFromCode } = require('kafkajs/src/protocol/error.js') as {
  createErrorFromCode(code: number): Error;
};
const refused = new KafkaJSConnectionError('Connection error: connect ECONNREFUSED 127.0.0.1:9092', {
  broker: '127.0.0.1:9092',
  code: 'ECONNREFUSED',
});
const tooOften = (error: Error) =>
  new KafkaJSNumberOfRetriesExceeded(error, { retryCount: 5, retryTime: 1_000 });
const givenUp = (cause: Error) => new KafkaJSNonRetriableError(cause, { cause });

describe('of an error of Kafka', () => {
  const leader = createErrorFromCode(6);
  const forbidden = createErrorFromCode(29);
  for (const [name, error, trouble] of [
    ['no broker that answers', refused, refused.message],
    ['that, tried too often', tooOften(refused), refused.message],
    [
      'a request without an answer',
      new KafkaJSRequestTimeoutError('Request Produce timed out'),
      'Request Produce timed out',
    ],
    ['a partition that moves', tooOften(leader), `${leader.message} (NOT_LEADER_FOR_PARTITION)`],
    [
      'a password that does not fit',
      givenUp(new KafkaJSSASLAuthenticationError('SASL failed')),
      'SASL failed',
    ],
    ['a right that is missing', givenUp(forbidden), `${forbidden.message} (TOPIC_AUTHORIZATION_FAILED)`],
    ['a coordinator that is not there', new KafkaJSGroupCoordinatorNotFound('none'), 'none'],
    ['a connection that takes too long', new KafkaJSLockTimeout('Timeout'), 'Timeout'],
    ['several of them', new KafkaJSAggregateError('two\n  lines', [refused, tooOften(leader)]), 'two lines'],
  ] as const)
    it(`${name} is said in words`, () => assert.deepEqual(troubleOf(error), { trouble }));

  const broken = new TypeError('x is not a function');
  for (const [name, error] of [
    ['that is none', broken],
    ['that kafkajs wrapped', givenUp(broken)],
    ['that kafkajs tried too often', tooOften(broken)],
    ['that no broker ever takes', givenUp(createErrorFromCode(10))],
    ['beside others', new KafkaJSAggregateError('two', [refused, broken])],
  ] as const)
    it(`a fault of ours keeps its stack: ${name}`, () => assert.equal(troubleOf(error).err, error));
});
