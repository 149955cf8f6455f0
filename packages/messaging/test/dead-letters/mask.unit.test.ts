/** What an operator sees of a parked message without the right to personal data and secrets. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createCatalogue } from '@sagakit/messages/catalogue';
import { headersFrom, toShown } from '@sagakit/kafka/headers';
import { erasableEvent, event } from '@sagakit/messages/define';
import { masksOf, personal, secret } from '@sagakit/messages/personal';
import { z } from 'zod';
import type { WholeDeadLetter } from '../../src/dead-letters/dead-letters.ts';
import { maskDeadLetter, maskListed, requestsOf } from '../../src/dead-letters/mask.ts';
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
const knock = effect('knock', z.object({ door: z.int() }), z.object({}));
const Greeted = erasableEvent(
  'Greeted',
  'cafe.guests',
  z.object({ table: z.string(), name: personal(z.string()) }),
  ({ table }) => table,
  z.string(),
);
const kept = { writer: 'cafe', partitions: 1, retentionMs: 1, segmentMs: 1 };
const topics = { 'cafe.events': kept, 'cafe.guests': { ...kept, compacted: true as const } };
const catalogue = createCatalogue({ name: 'cafe', topics, messages: [Seated, Cooked, Greeted] });
const masks = masksOf(catalogue, requestsOf([ring, knock]));

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
  it('of a topic for what can be taken back shows nothing that it should not have, nor its headers', () => {
    assert.equal(shown('cafe.guests', 'Ada, Main Street 7'), '…');
    const greeted = { type: 'Greeted', data: { table: '7', nickname: 'Ada' } };
    assert.equal(shown('cafe.guests', greeted), '{"type":"Greeted","data":{"table":"7","nickname":"…"}}');
    const headers = toShown(headersFrom({ source: '/cafe', who: 'Ada' }));
    const from = (topic: string) => maskDeadLetter({ ...letter(topic, null), headers }, masks).headers;
    assert.deepEqual(
      from('cafe.guests').map(({ value, valueBase64 }) => [
        value,
        Buffer.from(valueBase64 ?? '', 'base64').toString(),
      ]),
      [
        ['/cafe', '/cafe'],
        ['…', '…'],
      ],
    );
    assert.deepEqual(from('cafe.events'), headers);
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

describe('the words about what is wrong, which may quote it', () => {
  const WITHHELD = 'data-error; its words are withheld: they may quote what is personal or secret';
  const parked = (topic: string, type: string | undefined, value: object | string) => ({
    ...letter(topic, typeof value === 'string' ? value : JSON.stringify({ type, data: value })),
    ...(type === undefined ? {} : { type }),
    reason: 'data-error',
    error: 'invalid input syntax for type uuid: "Ada"',
  });
  const wordsOf = (deadLetter: ReturnType<typeof parked>) => [
    maskDeadLetter(deadLetter, masks).error,
    maskListed(deadLetter, masks).error,
  ];
  const shownAs = ({ error }: { error: string }) => [error, error];
  it('give way to the reason where the message may hold what is marked, whatever it holds', () => {
    for (const data of [{ table: '7', name: 'Ada' }, { table: '7' }])
      assert.deepEqual(wordsOf(parked('cafe.events', 'Seated', data)), [WITHHELD, WITHHELD]);
    const call = { kind: 'ring', subject: '7', request: { bell: 1, name: 'Ada' } };
    assert.deepEqual(wordsOf(parked('effect.ring', 'ring', JSON.stringify(call))), [WITHHELD, WITHHELD]);
  });
  it('and where it lay on a topic for what can be taken back, readable or not', () => {
    for (const type of ['Greeted', 'Cooked', undefined])
      assert.deepEqual(wordsOf(parked('cafe.guests', type, {})), [WITHHELD, WITHHELD]);
  });
  it('are shown of what has no mark', () => {
    const cooked = parked('cafe.events', 'Cooked', { table: '7', name: 'Soup' });
    assert.deepEqual(wordsOf(cooked), shownAs(cooked));
    const knock = parked('effect.knock', 'knock', '{"kind":"knock","request":{"door":1}}');
    assert.deepEqual(wordsOf(knock), shownAs(knock));
  });
  it('are shown of what no schema describes only where it is seen that nothing in it is masked', () => {
    const rubbish = parked('cafe.events', undefined, 'rubbish');
    assert.deepEqual(wordsOf(rubbish), [rubbish.error, WITHHELD]);
    assert.deepEqual(wordsOf(parked('cafe.events', 'Retired', { pin: 'key_visa' })), [WITHHELD, WITHHELD]);
  });
});
