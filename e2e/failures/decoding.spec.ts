/**
 * What a few bytes on a topic may cost: health answers, memory stays, nobody exits, each culprit is parked
 * with its reason, and an order goes through.
 */
import { sendRecords } from '@sagakit/kafka/kafkajs/send';
import type { Compression } from '@sagakit/kafka/kafkajs/producer';
import { kafkaOf, readState, stackDir } from '../../tools/stack/state.ts';
import { call, eventually, expect, orderBody, shop, someSku, stack, test } from '../support/story.ts';
import { peakMemoryOf } from '../support/usage.ts';

const MIB = 1024 * 1024;
/** Both read `order.events`. */
const READERS = ['notification', 'saga-orchestrator'] as const;
type Headers = Record<string, string>;
type Attack = {
  named: string;
  times: number;
  value: string | Buffer;
  headers?: Headers;
  compression: Compression;
  reason: string;
};

const manyHeaders = Object.fromEntries(Array.from({ length: 50_000 }, (_, at) => [`h${at}`, 'v']));
const ATTACKS: Attack[] = [
  {
    named: '60 MiB of zeros, zstd',
    times: 25,
    value: Buffer.alloc(60 * MIB),
    compression: 'zstd',
    reason: 'too-large',
  },
  {
    named: '60 MiB of zeros, gzip',
    times: 3,
    value: Buffer.alloc(60 * MIB),
    compression: 'gzip',
    reason: 'too-large',
  },
  {
    named: '60 MiB of zeros, lz4',
    times: 3,
    value: Buffer.alloc(60 * MIB),
    compression: 'lz4',
    reason: 'too-large',
  },
  {
    named: '15 MiB of zeros, snappy',
    times: 3,
    value: Buffer.alloc(15 * MIB),
    compression: 'snappy',
    reason: 'too-large',
  },
  {
    named: '50,000 headers',
    times: 5,
    value: 'x',
    headers: manyHeaders,
    compression: 'none',
    reason: 'too-large',
  },
  {
    named: 'a value 400,000 arrays deep',
    times: 5,
    value: '['.repeat(400_000),
    compression: 'none',
    reason: 'not-json',
  },
];

type DeadLetter = { id: string; reason: string; error: string; topic: string; offset: string };

for (const { named, times, value, headers = {}, compression, reason } of ATTACKS) {
  test(`${times} records of ${named}: parked as ${reason}, within the memory of a container`, async () => {
    const connection = kafkaOf(stack(), 'attacker');
    const pids = () => readState(stackDir())?.components.map(({ name, pid }) => [name, pid]);
    const before = pids();
    const key = `attack-${Date.now()}`;
    const record = { topic: 'order.events', key, value, headers };
    for (let sent = 0; sent < times; sent++) await sendRecords(connection, [record], { compression });

    const { orderId } = await shop.placed(orderBody([{ sku: someSku(), quantity: 1 }]));
    expect((await shop.ended(orderId)).status).toBe('CONFIRMED');
    for (const service of READERS) {
      const parked = await eventually(`${service} has parked them all`, async () => {
        const { body } = await call<{ items: DeadLetter[] }>(
          `${shop.urls[service]}/dead-letters?limit=200&key=${key}`,
        );
        return body.items.length >= times && body.items;
      });
      expect(parked.map((deadLetter) => deadLetter.reason)).toEqual(
        Array.from({ length: times }, () => reason),
      );
      expect(new Set(parked.map(({ offset }) => offset)).size).toBe(times);
      if (reason === 'too-large') {
        const path = `${shop.urls[service]}/dead-letters/${parked[0]?.id}`;
        const whole = await call<{ valueBase64: string; headers: object }>(path);
        expect(JSON.stringify(whole.body).length).toBeLessThan(100_000);
        await call(`${path}/replay`, { method: 'POST' });
        expect((await call<DeadLetter & { status: string }>(path)).body).toMatchObject({
          status: 'parked',
          reason: 'too-large',
        });
      }
      expect(peakMemoryOf(service)).toBeLessThan(450);
    }
    expect(pids()).toEqual(before);
  });
}
