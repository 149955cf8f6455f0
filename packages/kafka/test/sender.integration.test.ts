import { quiet } from '@sagakit/resilience/log';
import { eventually } from '@sagakit/testing/eventually';
import { kafkaAs } from '@sagakit/testing/infrastructure';
import { newId } from '@sagakit/resilience/ids';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createTopics } from '../src/admin/topics.ts';
import { createSender } from '../src/kafkajs/producer.ts';

const connections = () => process.getActiveResourcesInfo().filter((name) => name.startsWith('TCP')).length;

describe('a sender', () => {
  it('that many use before it is connected connects once, and leaves nothing open when it stops', async () => {
    const topic = `sender-${newId()}`;
    const settings = { writer: 'test', partitions: 1, retentionMs: -1, segmentMs: 60_000 };
    await createTopics(kafkaAs('test'), new Map([[topic, settings]]), quiet);
    await eventually('the admin is gone', () => connections() === 0);
    const sender = createSender(kafkaAs('test'), quiet);
    const send = (value: string) => sender.send([{ topic, key: 'k', value, headers: {} }]);
    await Promise.all(['1', '2', '3', '4', '5', '6'].map(send));
    // The seed broker's address, and the one that the broker itself says.
    assert.ok(connections() <= 2, String(connections()));
    await sender.stop();
    await eventually('nothing is open', () => connections() === 0, { withinMs: 5_000 });
  });
});
