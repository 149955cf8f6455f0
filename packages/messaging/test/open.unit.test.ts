import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ConfirmOrder } from '@order-saga/contracts/order';
import type { OrderId } from '@order-saga/contracts/values';
import { openRecord, type RawRecord } from '../src/open.ts';
import { noCause, seal } from '../src/seal.ts';
import { newTraceparent } from '../src/trace.ts';

const orderId = '01900000-0000-7000-8000-000000000001' as OrderId;
const message = seal(ConfirmOrder({ orderId, paymentId: 'pay_1' }), noCause('story', newTraceparent()), {
  source: '/saga-orchestrator',
  sequence: 3,
  now: new Date(),
});
const definitions = new Map([[ConfirmOrder.type, ConfirmOrder]]);

function record(value: unknown, key: string | null = orderId): RawRecord {
  const bytes =
    value === null
      ? null
      : Buffer.isBuffer(value)
        ? value
        : Buffer.from(typeof value === 'string' ? value : JSON.stringify(value));
  return {
    topic: 'order.commands',
    partition: 0,
    offset: '7',
    key: key === null ? null : Buffer.from(key),
    value: bytes,
    headers: {},
  };
}

function reasonOf(value: unknown, key: string | null = orderId): string {
  const opened = openRecord(record(value, key), definitions);
  return opened.kind === 'unreadable' ? opened.reason : opened.kind;
}

describe('a record', () => {
  it('that fits is a message', () => {
    const opened = openRecord(record(message), definitions);
    assert.equal(opened.kind, 'message');
    assert.deepEqual(opened.kind === 'message' && opened.message.data, { orderId, paymentId: 'pay_1' });
  });
  it('that is no JSON is parked as such', () => {
    assert.equal(reasonOf('{"half'), 'not-json');
    assert.equal(reasonOf(''), 'not-json');
    assert.equal(reasonOf(null), 'not-json');
    assert.equal(reasonOf(Buffer.from([0xff, 0xfe, 0x00])), 'not-json');
  });
  it('that is JSON but no envelope is parked as such', () => {
    assert.equal(reasonOf([]), 'not-an-envelope');
    assert.equal(reasonOf(null === null ? 'null' : ''), 'not-an-envelope');
    assert.equal(reasonOf({ ...message, hops: 'many' }), 'not-an-envelope');
    assert.equal(reasonOf({ ...message, traceparent: 'x' }), 'not-an-envelope');
    assert.equal(reasonOf({ ...message, id: '' }), 'not-an-envelope');
  });
  it('whose data does not fit is parked as such', () => {
    assert.equal(reasonOf({ ...message, data: { orderId } }), 'schema-invalid');
    assert.equal(reasonOf({ ...message, data: { orderId: 'no uuid', paymentId: 'p' } }), 'schema-invalid');
  });
  it('whose data is about another order than its subject is parked', () => {
    const other = '01900000-0000-7000-8000-000000000002';
    assert.equal(reasonOf({ ...message, data: { orderId: other, paymentId: 'p' } }), 'schema-invalid');
  });
  it('whose key is not its subject is parked', () => {
    assert.equal(reasonOf(message, 'another key'), 'key-is-not-subject');
    assert.equal(reasonOf(message, null), 'key-is-not-subject');
  });
  it('that went round too often is parked', () => {
    assert.equal(reasonOf({ ...message, hops: 64 }), 'message');
    assert.equal(reasonOf({ ...message, hops: 65 }), 'too-many-hops');
  });
  it('of a type that the service does not handle is left to the caller', () => {
    assert.equal(reasonOf({ ...message, type: 'SomethingNew' }), 'unknown-type');
  });
  it('with fields that nobody knows is read', () => {
    assert.equal(reasonOf({ ...message, newextension: 'x', data: { ...message.data, later: 1 } }), 'message');
  });
});
