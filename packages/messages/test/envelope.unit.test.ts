/** What an envelope may be: each field by itself, at its edges. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Envelope, MAX_HOPS, TRACEPARENT } from '../src/envelope.ts';

const sample: Envelope = {
  specversion: '1.0',
  id: '01a1fd09-c390-7000-8000-000000000013',
  source: '/rooms',
  type: 'RoomHeld',
  subject: '01a1fd09-c38c-726c-9a7f-d4f8a78eb850',
  time: '2026-11-21T07:37:17.964Z',
  datacontenttype: 'application/json',
  dataschema: 'urn:hotel:schemas:RoomHeld:1.0',
  schemaversion: '1.0',
  correlationid: '01a1fd09-c38d-7360-9173-808d2581fb99',
  causationid: '01a1fd09-c390-7000-8000-000000000001',
  sequence: '0000000002',
  hops: 2,
  sagaid: '01a1fd09-c390-7000-8000-000000000001',
  traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
  data: { bookingId: '01a1fd09-c38c-726c-9a7f-d4f8a78eb850', room: 7 },
};
const fits = (change: object) => Envelope.safeParse({ ...sample, ...change }).success;
const without = (name: string) => {
  const { [name]: _, ...rest } = sample as Record<string, unknown>;
  return Envelope.safeParse(rest).success;
};

/** The longest that each text may be. */
const NEEDED = { id: 200, source: 200, type: 200, subject: 200, correlationid: 200 };
const OPTIONAL = { dataschema: 300, schemaversion: 20, causationid: 200, sagaid: 200, tracestate: 512 };

describe('an envelope', () => {
  it('with all that it may have but a tracestate fits', () => assert.equal(fits({}), true));

  for (const [name, longest] of Object.entries({ ...NEEDED, ...OPTIONAL })) {
    it(`${name} is a text of at most ${longest} characters, without what nobody can store or show`, () => {
      assert.equal(fits({ [name]: 'x'.repeat(longest) }), true);
      assert.equal(fits({ [name]: 'x'.repeat(longest + 1) }), false);
      for (const bad of ['\u0000', '\u001f', '\u007f', '\u009f', 'a\nb', 'a\u0085', '\ud800', 'a\udc00b'])
        assert.equal(fits({ [name]: bad }), false, JSON.stringify(bad));
      for (const good of [' ', '~', '\u00a0', 'Ägypten', '\u{1f600}'])
        assert.equal(fits({ [name]: good }), true, good);
      assert.equal(fits({ [name]: 7 }), false);
    });
  }
  for (const name of Object.keys(NEEDED)) {
    it(`${name} is there, and not empty`, () => {
      assert.equal(fits({ [name]: '' }), false);
      assert.equal(without(name), false);
    });
  }
  for (const name of [...Object.keys(OPTIONAL), 'datacontenttype']) {
    it(`${name} may be left out`, () => assert.equal(without(name), true));
  }
  it('says in words what is wrong', () => {
    const messages = (change: object) =>
      Envelope.safeParse({ ...sample, ...change }).error?.issues.map(({ message }) => message);
    assert.deepEqual(messages({ id: 'a\u0000' }), ['must not contain control characters']);
    assert.deepEqual(messages({ id: '\ud800' }), ['must be well-formed Unicode']);
    assert.deepEqual(messages({ time: 'yesterday' }), ['must be a time of RFC 3339']);
    assert.deepEqual(messages({ datacontenttype: 'text/plain' }), ['must be application/json']);
  });
  it('specversion is 1.0', () => {
    for (const specversion of ['1', '1.1', '0.3', '', 1]) assert.equal(fits({ specversion }), false);
    assert.equal(without('specversion'), false);
  });
  it('sequence is ten digits, and nothing around them', () => {
    assert.equal(fits({ sequence: '0123456789' }), true);
    for (const sequence of [
      '',
      '1',
      '000000001',
      '00000000001',
      '000000000x',
      '-000000001',
      ' 0000000001',
      '0000000001\n',
      'x0000000001',
      '0000000001x',
      1,
    ])
      assert.equal(fits({ sequence }), false, JSON.stringify(sequence));
    assert.equal(without('sequence'), false);
  });
  it('hops is a whole number from 0', () => {
    for (const hops of [0, 1, MAX_HOPS, MAX_HOPS + 1]) assert.equal(fits({ hops }), true);
    for (const hops of [-1, 0.5, '1', null, Number.NaN, 2 ** 53])
      assert.equal(fits({ hops }), false, String(hops));
    assert.equal(without('hops'), false);
    assert.equal(MAX_HOPS, 64);
  });
  it('time is an instant with its offset', () => {
    for (const time of ['2026-01-01T00:00:00Z', '2026-01-01t00:00:00.123z', '2026-01-01T00:00:00+14:00'])
      assert.equal(fits({ time }), true);
    for (const time of ['2026-01-01T00:00:00', '2026-01-01', '2026-13-01T00:00:00Z', 'now', '', 0])
      assert.equal(fits({ time }), false, String(time));
    assert.equal(without('time'), false);
  });
  it('datacontenttype is JSON', () => {
    const good = ['', ';', ' ; charset=utf-8', '  ;a="b;c"'].map(
      (parameters) => `application/json${parameters}`,
    );
    for (const datacontenttype of [...good, 'Application/JSON'])
      assert.equal(fits({ datacontenttype }), true, datacontenttype);
    const bad = [
      '',
      'text/plain',
      'application/jsonx',
      'xapplication/json',
      'application/json x;',
      'application/json;\n',
      1,
    ];
    for (const datacontenttype of bad)
      assert.equal(fits({ datacontenttype }), false, String(datacontenttype));
  });
  it('traceparent is what W3C says', () => {
    const parts = ['00', '4bf92f3577b34da6a3ce929d0e0e4736', '00f067aa0ba902b7', '01'] as const;
    const good = parts.join('-');
    assert.equal(fits({ traceparent: good }), true);
    assert.deepEqual(TRACEPARENT.exec(good)?.slice(1), parts.slice(1));
    const cut = (at: number, part: string) =>
      parts.map((own, place) => (place === at ? part : own)).join('-');
    for (const [at, part] of parts.entries())
      for (const bad of [part.slice(1), `${part}0`, part.replace(/.$/, 'g'), part.replace(/.$/, 'F')])
        assert.equal(fits({ traceparent: cut(at, bad) }), false, cut(at, bad));
    for (const traceparent of [` ${good}`, `${good} `, good.replaceAll('-', '_'), '', 1])
      assert.equal(fits({ traceparent }), false);
    assert.equal(without('traceparent'), false);
  });
  it('data is whatever its type says; a field that nobody knows is dropped', () => {
    for (const data of [null, 1, [], { deep: {} }]) assert.equal(fits({ data }), true);
    assert.equal('more' in Envelope.parse({ ...sample, more: 1 }), false);
  });
});
