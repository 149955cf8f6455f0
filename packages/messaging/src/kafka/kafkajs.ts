/** The library, with three parts of it replaced before it loads. Everything in this folder takes it from here. */
import { createRequire, Module } from 'node:module';
import type * as Library from 'kafkajs';
import { decodeRecord } from './decode-record.ts';
import { encodeRecord } from './encode-record.ts';
import { groupPerPartition } from './group-per-partition.ts';

const require = createRequire(import.meta.url);

function replace(file: string, by: unknown): void {
  const path = require.resolve(`kafkajs/src/${file}`);
  const module = new Module(path);
  module.exports = by;
  module.loaded = true;
  require.cache[path] = module;
}

replace('protocol/recordBatch/record/v0/index.js', encodeRecord);
replace('protocol/recordBatch/record/v0/decoder.js', decodeRecord);
replace('producer/groupMessagesPerPartition.js', groupPerPartition);

export const { AssignerProtocol, CompressionCodecs, ConfigResourceTypes, CompressionTypes, Kafka, logLevel, Partitioners } =
  require('kafkajs') as typeof Library;
