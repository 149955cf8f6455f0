/** Once a contact is taken back nothing here says who it was: rows, mails to come, parked messages, all. */
import { catalogue } from '@order-saga/contracts/catalogue';
import { ContactProvided, OrderConfirmed } from '@order-saga/contracts/order';
import type { OrderId } from '@order-saga/contracts/values';
import type { RecordHeaders } from '@sagakit/kafka/headers';
import type { OutgoingRecord } from '@sagakit/kafka/port';
import type { RawRecord } from '@sagakit/kafka/record';
import { createDlqPublisher, mayBeTakenBack } from '@sagakit/messaging/dead-letters/dlq-publisher';
import { createReplays } from '@sagakit/messaging/replay/replay';
import { recordFailure } from '@sagakit/messaging/effects/record-failure';
import type { EffectRow } from '@sagakit/messaging/effects/effect-rows';
import { unobserved } from '@sagakit/messaging/observe';
import { newId } from '@sagakit/resilience/ids';
import { quiet } from '@sagakit/resilience/log';
import { eventually } from '@sagakit/testing/eventually';
import { type Participant, participant, messagesOf } from '@sagakit/testing/participant';
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { mail } from '../src/domain/recipient.ts';
import { recipients } from '../src/recipients.ts';

const { envelopeOf, recordOf } = messagesOf(catalogue);
const TOPIC = ContactProvided.topic;
const contact = {
  email: 'nora@forget.example',
  name: 'Nora Vergess',
  address: { street: '7 Lethe Row', city: 'Bath', postalCode: 'BA1', country: 'UK' },
};
const NEEDLES = /nora@forget|Vergess|Lethe/;

const provided = (orderId: OrderId) =>
  recordOf(envelopeOf(ContactProvided({ orderId, customerId: 'nora', contact })));
const confirmed = (orderId: OrderId) => recordOf(envelopeOf(OrderConfirmed({ orderId, paymentId: 'p' })));
let offset = 900_000;
const onTopic = (orderId: OrderId, value: string | null): RawRecord => ({
  topic: TOPIC,
  partition: 0,
  offset: String(offset++),
  key: Buffer.from(orderId),
  value: value === null ? null : Buffer.from(value),
  headers: value === null ? [] : [[Buffer.from('who'), Buffer.from(contact.email)]],
});
const takenBack = (orderId: OrderId) => onTopic(orderId, null);
/** What is no ContactProvided, and has the contact in it. */
const broken = (orderId: OrderId) => onTopic(orderId, `{"orderId":"${orderId}",${JSON.stringify(contact)}`);

describe('a contact that is taken back', () => {
  let own: Participant;
  let effects: EffectRow[] = [];
  const cancelled: string[] = [];
  before(async () => {
    own = await participant({
      catalogue,
      consumer: 'notification',
      aggregates: [recipients],
      migrations: new URL('../prisma/migrations/', import.meta.url),
      onEffects: (rows) => void effects.push(...rows),
      onErased: (subjects) => void cancelled.push(...subjects),
    });
  });
  after(() => own.close());
  beforeEach(() => (effects = []));

  /** Every row of every table, bytes as what they say. */
  async function everything(): Promise<string> {
    const tables = await own.query<{ name: string }>(
      `select table_name as name from information_schema.tables where table_schema = 'public'`,
    );
    const rows = await Promise.all(tables.map(({ name }) => own.query(`select * from ${name}`)));
    const said = (value: unknown): string =>
      value instanceof Buffer ? value.toString('latin1') : (JSON.stringify(value) ?? '');
    const base64 = (text: string) =>
      text.replace(/"([\w+/]{8,}={0,2})"/g, (_, coded: string) => Buffer.from(coded, 'base64').toString());
    return base64(rows.flat().flatMap(Object.values).map(said).join('\n'));
  }
  const deadLetters = (orderId: OrderId) =>
    own.query<{ id: string; status: string; reason: string }>(
      `select id, status, reason from dead_letters where key = convert_to($1, 'UTF8') order by place`,
      [orderId],
    );
  const given = async (effect: EffectRow) =>
    recordFailure(
      { pool: own.pool, log: quiet, observe: unobserved },
      {
        effect: { ...effect, attempts: 11 },
        handler: mail.handledBy({
          timeoutMs: 1,
          backoff: { initialMs: 1, maxMs: 1 },
          maxAttempts: 12,
          call: () => Promise.reject(new Error('never')),
        }),
        error: new Error('the mail server refused it'),
      },
    );

  it('is gone: from the row, from mails to come, from what is parked, and does not come back', async () => {
    const [erased, other] = [newId() as OrderId, newId() as OrderId];
    await own.process(provided(erased), broken(erased), provided(other), broken(other));
    await own.process(confirmed(erased), confirmed(other));
    assert.match(await everything(), NEEDLES);
    assert.deepEqual(
      effects.map(({ subject }) => subject),
      [erased, other],
    );

    const back = takenBack(erased);
    await own.process(back);
    assert.deepEqual(cancelled, [erased]);
    assert.deepEqual(await deadLetters(erased), [
      { ...(await deadLetters(erased))[0], status: 'discarded', reason: 'not-json' },
    ]);
    await own.process(provided(erased)); // delivered again, where the inbox knows nothing of it
    const others = await everything();
    assert.match(others, NEEDLES, 'the other is still known');
    await own.process(takenBack(other));
    assert.doesNotMatch(await everything(), NEEDLES);
    assert.deepEqual(await own.query('select * from blocked_keys'), [], 'nothing waits behind what is gone');
  });

  it('takes with it what it meets in its own batch', async () => {
    const orderId = newId() as OrderId;
    await own.process(provided(orderId), confirmed(orderId), broken(orderId), takenBack(orderId));
    assert.doesNotMatch(await everything(), NEEDLES);
    assert.deepEqual(effects, [], 'and no mail is started');
  });

  it('waits behind nothing, and what waited behind a parked one goes too', async () => {
    const orderId = newId() as OrderId;
    await own.process(broken(orderId));
    await own.process(provided(orderId));
    assert.deepEqual(
      (await deadLetters(orderId)).map(({ reason }) => reason),
      ['not-json', 'waits-behind'],
    );
    await own.process(takenBack(orderId));
    assert.doesNotMatch(await everything(), NEEDLES);
    const replays = createReplays({ ...own.options, effectKinds: ['mail'] });
    for (const { id } of await deadLetters(orderId))
      assert.deepEqual(await replays.replay(id, { by: 'ada' }), { kind: 'closed', status: 'discarded' });
    await own.process(confirmed(orderId));
    assert.deepEqual(effects, [], 'its order ends without a mail');
  });

  it('takes mails with it that were given up, or are being given up', async () => {
    const [parked, called] = [newId() as OrderId, newId() as OrderId];
    await own.process(provided(parked), provided(called), confirmed(parked), confirmed(called));
    const [first, second] = effects as [EffectRow, EffectRow];
    await given(first);
    assert.match(await everything(), NEEDLES);
    await own.process(takenBack(parked), takenBack(called));
    await given(second); // it was under way, and is given up behind the erasure
    assert.doesNotMatch(await everything(), NEEDLES);
    assert.deepEqual(await deadLetters(called), []);
    assert.equal((await deadLetters(parked))[0]?.status, 'discarded');
  });

  it('is copied to the dead letter topic without a word of it; what comes from any other topic as received', async () => {
    const isWithheld = mayBeTakenBack(catalogue);
    assert.deepEqual([...catalogue.topics.keys()].filter(isWithheld), [TOPIC]);

    const orderId = newId() as OrderId;
    const value = Buffer.from([0xff, 0x00, ...Buffer.from(contact.email)]);
    const headers: RecordHeaders = [
      [Buffer.from('who'), Buffer.from([0xfe, ...Buffer.from(contact.name)])],
      [Buffer.from('who'), null],
    ];
    const topics = [OrderConfirmed.topic, TOPIC];
    await own.process(...topics.map((topic) => ({ ...onTopic(orderId, ''), topic, value, headers })));
    const sent: OutgoingRecord[] = [];
    const sender = {
      send: async (records: OutgoingRecord[]) => void sent.push(...records),
      stop: async () => {},
    };
    const publisher = createDlqPublisher({
      db: own.pool,
      sender,
      service: 'notification',
      leads: () => true,
      isPersonal: isWithheld,
      log: quiet,
    });
    publisher.start();
    const copies = () => sent.filter(({ key }) => String(key) === orderId);
    try {
      await eventually('both are copied', () => copies().length === 2);
    } finally {
      await publisher.stop();
    }
    const wordsOf = ({ headers: all }: OutgoingRecord) => String((all as RecordHeaders).flat());
    const from = (topic: string) =>
      copies().find((copy) => wordsOf(copy).includes(`dlq-origin-topic,${topic}`)) as OutgoingRecord;
    const [received, withheld] = [from(OrderConfirmed.topic), from(TOPIC)];
    assert.deepEqual(received.value, value);
    assert.deepEqual((received.headers as RecordHeaders).slice(0, headers.length), headers);
    assert.equal(withheld.value, null);
    assert.match(wordsOf(withheld), /dlq-reason,not-json,/);
    assert.doesNotMatch(wordsOf(withheld), NEEDLES);
  });

  it('says nothing in words about what was wrong with it either', async () => {
    const orderId = newId() as OrderId;
    await own.process(onTopic(orderId, contact.email), onTopic(orderId, `"${contact.name}" "`));
    const errors = await own.query<{ error: string }>(
      `select error from dead_letters where key = convert_to($1, 'UTF8')`,
      [orderId],
    );
    assert.equal(errors.length, 2);
    for (const { error } of errors) assert.doesNotMatch(error, /nora|Nora/);
  });
});
