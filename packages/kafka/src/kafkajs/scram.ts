/**
 * Passwords of a Kafka's own users (AlterUserScramCredentials, KIP-554): the one request of an administrator
 * that kafkajs 2.2.4 does not know.
 */
import { pbkdf2, randomBytes } from 'node:crypto';
import { createRequire } from 'node:module';
import { promisify } from 'node:util';
import type { Log } from '@sagakit/resilience/log';
import type { KafkaConnection } from '../connection.ts';
import { configOf } from './client.ts';
import { stopIdleSpin } from './idle-spin.ts';

type Encoder = {
  writeInt8(value: number): Encoder;
  writeInt32(value: number): Encoder;
  writeUVarIntBytes(value?: Buffer): Encoder;
  writeUVarIntString(value: string): Encoder;
  writeUVarIntArray(values: Encoder[]): Encoder;
};
type Decoder = {
  readInt16(): number;
  readInt32(): number;
  readUVarIntString(): string | null;
  readUVarIntArray<T>(one: (decoder: Decoder) => T): T[];
  readTaggedFields(): unknown;
};
type Protocol = {
  request: { apiKey: number; apiVersion: number; apiName: string; encode(): Promise<Encoder> };
  response: { decode(raw: Buffer): Promise<Result[]>; parse(results: Result[]): Promise<Result[]> };
};
type Result = { user: string | null; errorCode: number };
type Cluster = {
  connect(): Promise<void>;
  disconnect(): Promise<void>;
  refreshMetadata(): Promise<void>;
  findControllerBroker(): Promise<{ connectionPool: { send(protocol: Protocol): Promise<Result[]> } }>;
};

const require = createRequire(import.meta.url);
const ClusterOf = require('kafkajs/src/cluster/index.js') as new (options: object) => Cluster;
const Encoding = require('kafkajs/src/protocol/encoder.js') as new () => Encoder;
const Decoding = require('kafkajs/src/protocol/decoder.js') as new (raw: Buffer) => Decoder;
const { createErrorFromCode: errorOf } = require('kafkajs/src/protocol/error.js') as {
  createErrorFromCode(code: number): Error;
};
const defaultSockets = require('kafkajs/src/network/socketFactory.js') as () => unknown;
const { createLogger } = require('kafkajs/src/loggers/index.js') as {
  createLogger(options: object): unknown;
};

const SCRAM_SHA_512 = 2;
/** The least that Kafka and its clients take. */
const ITERATIONS = 4_096;

const salted = promisify(pbkdf2);

async function upsertion([user, password]: [string, string]): Promise<Encoder> {
  const salt = randomBytes(32);
  return new Encoding()
    .writeUVarIntString(user)
    .writeInt8(SCRAM_SHA_512)
    .writeInt32(ITERATIONS)
    .writeUVarIntBytes(salt)
    .writeUVarIntBytes(await salted(password, salt, ITERATIONS, 64, 'sha512'))
    .writeUVarIntBytes();
}

const request = (passwords: ReadonlyMap<string, string>): Protocol['request'] => ({
  apiKey: 51,
  apiVersion: 0,
  apiName: 'AlterUserScramCredentials',
  encode: async () =>
    new Encoding()
      .writeUVarIntBytes() // the header's tagged fields
      .writeUVarIntArray([]) // deletions
      .writeUVarIntArray(await Promise.all([...passwords].map(upsertion)))
      .writeUVarIntBytes(),
});

const response: Protocol['response'] = {
  async decode(raw) {
    const decoder = new Decoding(raw);
    decoder.readTaggedFields();
    decoder.readInt32(); // throttle time
    return decoder.readUVarIntArray((one) => {
      const result = { user: one.readUVarIntString(), errorCode: one.readInt16() };
      one.readUVarIntString(); // the same in words
      one.readTaggedFields();
      return result;
    });
  },
  async parse(results) {
    const refused = results.find(({ errorCode }) => errorCode !== 0);
    if (!refused) return results;
    const cause = errorOf(refused.errorCode);
    throw new Error(`the password of ${refused.user} was not set: ${cause.message}`, { cause });
  },
};

/** Makes the users that are missing, and gives each its password. Throws what the broker says. */
export async function setPasswords(
  connection: KafkaConnection,
  passwords: ReadonlyMap<string, string>,
  log: Log,
): Promise<void> {
  stopIdleSpin();
  const { logCreator, logLevel, ...config } = configOf(connection, log);
  const cluster = new ClusterOf({
    socketFactory: defaultSockets(),
    ...config,
    logger: createLogger({ level: logLevel, logCreator }),
    enforceRequestTimeout: true,
    metadataMaxAge: 300_000,
    allowAutoTopicCreation: false,
  });
  await cluster.connect();
  try {
    await cluster.refreshMetadata();
    const { connectionPool } = await cluster.findControllerBroker();
    await connectionPool.send({ request: request(passwords), response });
  } finally {
    await cluster.disconnect();
  }
}
