/**
 * The library, with three parts of it replaced before it loads. All of this package takes it from here.
 */
import { createRequire, Module } from 'node:module';
import type * as Library from 'kafkajs';
import { CODECS } from './codecs.ts';
import { encodeRecord } from './encode-record.ts';
import { decodeFetchResponse, type Decoder } from './fetch-response.ts';
import { groupPerPartition } from './group-per-partition.ts';

export type { AclEntry, Admin } from 'kafkajs';

const require = createRequire(import.meta.url);

function replace(file: string, by: unknown): void {
  const path = require.resolve(`kafkajs/src/${file}`);
  const module = new Module(path);
  module.exports = by;
  module.loaded = true;
  require.cache[path] = module;
}

replace('protocol/recordBatch/record/v0/index.js', encodeRecord);
replace('producer/groupMessagesPerPartition.js', groupPerPartition);

type ResponseFormat = { decode(raw: Buffer): Promise<unknown>; parse(decoded: unknown): Promise<unknown> };
const Decoding = require('kafkajs/src/protocol/decoder') as new (raw: Buffer) => Decoder;
const { parse } = require('kafkajs/src/protocol/requests/fetch/v0/response') as ResponseFormat;
const fetchResponse: ResponseFormat = { parse, decode: (raw) => decodeFetchResponse(new Decoding(raw)) };
replace('protocol/requests/fetch/v11/response.js', fetchResponse);

const library = require('kafkajs') as typeof Library;
export const {
  AclOperationTypes,
  AclPermissionTypes,
  AclResourceTypes,
  AssignerProtocol,
  ConfigResourceTypes,
  CompressionTypes,
  Kafka,
  KafkaJSAggregateError,
  KafkaJSConnectionError,
  KafkaJSError,
  KafkaJSGroupCoordinatorNotFound,
  KafkaJSLockTimeout,
  KafkaJSProtocolError,
  KafkaJSSASLAuthenticationError,
  logLevel,
  Partitioners,
  ResourcePatternTypes,
} = library;

/**
 * kafkajs asks its table of codecs when it sends; what is fetched does not pass by it (see
 * fetch-response.ts).
 */
const table: Record<number, () => unknown> = library.CompressionCodecs;
for (const [number, { name, pack }] of Object.entries(CODECS)) {
  table[Number(number)] = () => ({
    compress: async ({ buffer }: { buffer: Buffer }) => Buffer.from(pack(buffer)),
    decompress: () => Promise.reject(new Error(`a broker before Kafka 2.3: ${name} is not read from it`)),
  });
}
