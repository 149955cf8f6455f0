/** The topics' settings on a real Kafka: also of topics that an earlier release made. */
import { catalogue, TOPICS, type Topic } from '@sagakit/testing/bookings';
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { connect } from '../src/kafkajs/client.ts';
import { ConfigResourceTypes } from '../src/kafkajs/kafkajs.ts';
import { createTopics } from '../src/admin/topics.ts';
import { quiet } from '@sagakit/resilience/log';
import { eventually } from '@sagakit/testing/eventually';
import { kafkaAs } from '@sagakit/testing/infrastructure';

const kafka = kafkaAs('test');
const admin = connect(kafka, quiet).admin();
const TOPIC = 'sagas.events';

async function settings(topic: string): Promise<Record<string, string>> {
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: [{ type: ConfigResourceTypes.TOPIC, name: topic }],
  });
  return Object.fromEntries(
    (resources[0]?.configEntries ?? []).map(({ configName, configValue }) => [configName, configValue]),
  );
}

describe('the topics', () => {
  before(() => admin.connect());
  after(() => admin.disconnect());

  it('that are there get the settings of today, and keep what an operator set besides', async () => {
    await createTopics(kafka, catalogue.topics, quiet);
    assert.deepEqual(
      await createTopics(kafka, catalogue.topics, quiet),
      { created: [], altered: [] },
      'twice changes nothing',
    );
    // As an earlier release made it: `segment.ms` was the broker's, seven days.
    const configEntries = [
      { name: 'retention.ms', value: '1000000' },
      { name: 'segment.jitter.ms', value: '60000' },
    ];
    await admin.alterConfigs({
      validateOnly: false,
      resources: [{ type: ConfigResourceTypes.TOPIC, name: TOPIC, configEntries }],
    });
    await eventually(
      'the broker has heard of it',
      async () => (await settings(TOPIC))['segment.ms'] === String(7 * 24 * 60 * 60 * 1000),
    );

    assert.deepEqual(await createTopics(kafka, catalogue.topics, quiet), { created: [], altered: [TOPIC] });
    assert.partialDeepStrictEqual(await settings(TOPIC), {
      'retention.ms': String(catalogue.settingsOf(TOPIC).retentionMs),
      'segment.ms': String(catalogue.settingsOf(TOPIC).segmentMs),
      'segment.jitter.ms': '60000',
    });
  });

  it('all bound how old a record can be, by the clock of the broker', async () => {
    for (const topic of Object.keys(TOPICS) as Topic[]) {
      const { 'segment.ms': segment, 'message.timestamp.type': clock } = await settings(topic);
      assert.deepEqual(
        [segment, clock],
        [String(catalogue.settingsOf(topic).segmentMs), 'LogAppendTime'],
        topic,
      );
    }
  });
});
