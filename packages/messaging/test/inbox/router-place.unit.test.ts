/** What an unreadable record is known by, and how much is said of it. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createCatalogue } from '@sagakit/messages/catalogue';
import type { RecordHeaders } from '@sagakit/kafka/headers';
import type { RawRecord } from '@sagakit/kafka/record';
import { createRouter } from '../../src/inbox/router.ts';

const router = createRouter({
  catalogue: createCatalogue({ name: 'cafe', topics: {}, messages: [] }),
  consumer: 'waiter',
  aggregates: [],
});
const record: RawRecord = {
  topic: 'tables',
  partition: 2,
  offset: '41',
  key: null,
  value: null,
  headers: [],
};
const route = (change: Partial<RawRecord>) =>
  router.fromRecord({ ...record, ...change }, (type) => assert.fail(`${type} was ignored`));
const placeOf = (change: Partial<RawRecord> = {}) => route(change)?.inbox;

describe('a record that cannot be read', () => {
  it('is known by its place, when it came there, and a short digest of what it is', () => {
    assert.equal(placeOf()?.source, 'kafka:tables/2');
    assert.match(placeOf()?.id ?? '', /^41@\/[\w-]{22}$/);
    assert.match(placeOf({ timestamp: '1700' })?.id ?? '', /^41@1700\/[\w-]{22}$/);
  });
  it('is the same where all of it is the same, and another where the same bytes stand for something else', () => {
    const bytes = (text: string) => Buffer.from(text);
    const header = (name: string, content: string | null): RecordHeaders => [
      [bytes(name), content === null ? null : bytes(content)],
    ];
    const different: Partial<RawRecord>[] = [
      {},
      { key: bytes('') },
      { value: bytes('') },
      { key: bytes('ab'), value: bytes('c') },
      { key: bytes('a'), value: bytes('bc') },
      { key: bytes('abc') },
      { value: bytes('abc') },
      { key: bytes('anull b'), value: bytes('c') },
      { key: bytes('a'), value: bytes('bnull c') },
      { value: bytes('a'), headers: header('b', 'c') },
      { value: bytes('a'), headers: header('bc', '') },
      { value: bytes('a'), headers: header('bc', null) },
      { value: bytes('a'), headers: [...header('b', null), ...header('c', null)] },
    ];
    const places = different.map((change) => placeOf(change)?.id);
    assert.equal(new Set(places).size, different.length);
    assert.deepEqual(
      different.map((change) => placeOf(change)?.id),
      places,
    );
  });
  it('is told in a thousand characters at most', () => {
    const error = (length: number) =>
      route({ refused: { reason: 'too-large', error: 'x'.repeat(length) } })?.refused?.error;
    assert.equal(error(1_000), 'x'.repeat(1_000));
    assert.equal(error(5_000), 'x'.repeat(1_000));
  });
});
