/** What an operator sees of a parked message without the right to personal data and secrets. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createCatalogue } from '@sagakit/messages/catalogue';
import { event } from '@sagakit/messages/define';
import { masksOf, personal, secret } from '@sagakit/messages/personal';
import { z } from 'zod';
import type { WholeDeadLetter } from '../../src/dead-letters/dead-letters.ts';
import { maskDeadLetter, requestsOf } from '../../src/dead-letters/mask.ts';
import { effect } from '../../src/effects/effect.ts';

const Seated = event(
  'Seated',
  'cafe.events',
  z.object({ table: z.string(), name: personal(z.string()), pin: secret(z.string()) }),
  ({ table }) => table,
);
const Cooked = event(
  'Cooked',
  'cafe.events',
  z.object({ table: z.string(), name: z.string() }),
  ({ table }) => table,
);
const ring = effect('ring', z.object({ bell: z.int(), name: personal(z.string()) }), z.object({}));
const topics = { 'cafe.events': { writer: 'cafe', partitions: 1, retentionMs: 1, segmentMs: 1 } };
const catalogue = createCatalogue({ name: 'cafe', topics, messages: [Seated, Cooked] });
const masks = masksOf(catalogue, requestsOf([ring]));

const letter = (topic: string, value: string | null): WholeDeadLetter => ({
  ...{ id: '1', status: 'parked', key: '7', keyBase64: 'Nw==', reason: 'x', error: 'e', attempts: 1 },
  ...{ topic, partition: 0, offset: '1', parkedAt: 'now', headers: [], behind: 0, actions: [] },
  value,
  valueBase64: value === null ? null : Buffer.from(value).toString('base64'),
});
const shown = (topic: string, value: object | string) => {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  const { value: masked, valueBase64 } = maskDeadLetter(letter(topic, text), masks);
  assert.equal(Buffer.from(valueBase64 ?? '', 'base64').toString(), masked, 'in base64 it is the same');
  return masked;
};

describe('a parked message', () => {
  it('has what is marked masked, by its type', () => {
    assert.equal(
      shown('cafe.events', { type: 'Seated', data: { table: 7, name: 'Ada', pin: 'key_visa' } }),
      '{"type":"Seated","data":{"table":7,"name":"…","pin":"key_…"}}',
    );
    const cooked = '{"type":"Cooked","data":{"name":"Soup"}}';
    assert.equal(shown('cafe.events', cooked), cooked);
  });
  it('that cannot be read is cut where a marked field is named, and else shown', () => {
    assert.equal(shown('cafe.events', '{"pin":"key_visa"'), '{…');
    assert.equal(shown('cafe.events', 'rubbish'), 'rubbish');
    const none = letter('cafe.events', null);
    assert.equal(maskDeadLetter(none, masks), none);
  });
  it('in which nothing is marked is the very same, byte for byte', () => {
    const bytes = { ...letter('cafe.events', '\ufffd'), valueBase64: '/w==' };
    assert.equal(maskDeadLetter(bytes, masks), bytes);
  });
  it('that is a call that was given up has its request masked', () => {
    assert.equal(
      shown('effect.ring', { kind: 'ring', subject: '7', request: { bell: 1, name: 'Ada' } }),
      '{"kind":"ring","subject":"7","request":{"bell":1,"name":"…"}}',
    );
    assert.equal(shown('effect.ring', '{"pin":"key_visa"'), '{…');
  });
});
