/**
 * Types that the release before wrote and this one does not know any more: they lie on the topics for a week,
 * and its replicas write them until the last of them is gone. Whoever reads such a record ignores it by name;
 * nothing is parked.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { catalogue } from '@order-saga/contracts/catalogue';
import { decodeRecord } from '@sagakit/messaging/inbox/decode-record';

const BEFORE = [
  { type: 'SagaStepSucceeded', data: { step: 'reserve-inventory' } },
  { type: 'SagaStepRefused', data: { step: 'reserve-inventory', reason: 'out-of-stock' } },
];

describe('a message that is no more', () => {
  for (const { type, data } of BEFORE) {
    it(`is ignored by name by who reads all of its topic: ${type}`, () => {
      assert.equal(catalogue.messages.has(type), false);
      const subject = '01900000-0000-7000-8000-000000000011';
      const value = {
        specversion: '1.0',
        id: '01a21638-32f9-7d43-8ed0-0b9742b15d3e',
        source: '/saga-orchestrator',
        type,
        subject,
        time: '2026-01-01T12:00:00.000Z',
        datacontenttype: 'application/json',
        dataschema: `urn:order-saga:schemas:${type}:1.0`,
        schemaversion: '1.0',
        correlationid: subject,
        causationid: '01a21638-32f8-7e0b-8ee1-5d6da2dd0f4b',
        sequence: '0000000003',
        hops: 3,
        sagaid: '01a21638-32f8-7376-b1a3-4b29194e71b8',
        traceparent: '00-56cb423283da16756f3cddf4a428e33f-00b260eb405287a4-00',
        data: { orderId: subject, saga: 'place-order', version: 1, ...data },
      };
      const record = {
        topic: 'saga.events',
        partition: 0,
        offset: '1',
        key: Buffer.from(subject),
        value: Buffer.from(JSON.stringify(value)),
        headers: [],
      };
      assert.deepEqual(decodeRecord(record, catalogue.messages, catalogue), { kind: 'ignored', type });
    });
  }
});
