/**
 * A customer is forgotten: of their e-mail address, name and street nothing is left in any byte of Kafka's
 * log, any row of any database, any file of the stack, and in the demo's mail server. Of everybody else
 * everything is.
 */
import { randomUUID } from 'node:crypto';
import type { OrderBody } from '@order-saga/tools/shop/client';
import { sendRecords } from '@sagakit/kafka/kafkajs/send';
import { kafkaOf, stackDir, urlOf } from '../tools/stack/state.ts';
import { compactedAtOnce } from './support/compaction.ts';
import { run } from './support/runbook.ts';
import { foundInDatabases, foundInFiles, type Needles, needles } from './support/search.ts';
import {
  actor,
  call,
  CONTACT,
  eventually,
  expect,
  orderBody,
  shop,
  someSku,
  stack,
  test,
} from './support/story.ts';

const TOPIC = 'order.contacts';

function customer(name: string) {
  const mark = randomUUID().slice(0, 8);
  const contact = {
    email: `${name}.${mark}@mail.example`,
    name: `${name} Of ${mark}`,
    address: { ...CONTACT.address, street: `${mark} ${name} Street` },
  };
  const { email, address } = contact;
  return {
    id: `customer-${name}-${mark}`,
    contact,
    all: needles(email, contact.name, address.street),
    personalData: `${shop.urls.order}/customers/customer-${name}-${mark}/personal-data`,
  };
}
type Customer = ReturnType<typeof customer>;

const bodyOf = ({ id, contact }: Customer): OrderBody => ({
  ...orderBody([{ sku: someSku(), quantity: 1 }], 'tok_visa', id),
  contact,
});

async function ordered(who: Customer, count: number): Promise<string[]> {
  const orders: string[] = [];
  for (let n = 0; n < count; n++) orders.push((await shop.placed(bodyOf(who))).orderId);
  for (const orderId of orders) {
    await shop.ended(orderId);
    await eventually('it is mailed', async () => (await shop.notifications(orderId)).length === 1);
  }
  return orders;
}

/** What a database throws away, and its log, lie on until they are written over; their rows are looked at. */
const isDatabase = (file: string) => /^data[^/]*\/postgres\//.test(file);

const kept = async (all: Needles) => [
  ...(await foundInFiles(stackDir(), all, isDatabase)),
  ...(await foundInDatabases(urlOf(stack(), 'postgres'), all)),
];
/** A quick look, until there is something to look for everywhere. */
const isElsewhere = (file: string) => !file.includes(`/kafka/log/${TOPIC}-`);

/** A record of the order's key that nobody can read, and that says who they are all the same. */
async function parked({ contact }: Customer, orderId: string): Promise<void> {
  const value = `{"orderId":"${orderId}","contact":${JSON.stringify(contact)}`;
  await sendRecords(kafkaOf(stack(), 'test'), [{ topic: TOPIC, key: orderId, value, headers: {} }]);
  await eventually('it is parked, and copied', async () => (await lettersOf(orderId)).length === 1);
}

const lettersOf = async (orderId: string) => {
  const url = `${shop.urls.notification}/dead-letters?key=${orderId}`;
  return (await call<{ items: { status: string; reason: string }[] }>(url)).body.items;
};

const mailsTo = async ({ contact }: Customer) => {
  const url = `${urlOf(stack(), 'mail')}/mails?to=${encodeURIComponent(contact.email)}`;
  return (await call<{ items: { text: string }[] }>(url)).body.items;
};

/** Where somebody is found who was not erased. */
const PLACES = [
  /kafka\/log\/order\.contacts-\d/,
  /^order .*order_contacts/m,
  /^notification .*recipients/m,
  /^notification .*notifications/m,
];

type PersonalData = {
  items: { orderId: string; contact: object }[];
  holders: { holder: string }[];
  erasures: { by: string; orders: number; doneAt: string | null }[];
};
type Exported = { orders: { contact: object | null; mails: { to: string }[] }[] };
const held = async ({ personalData }: Customer) => (await call<PersonalData>(personalData)).body;
const erase = ({ personalData }: Customer) => call<object>(personalData, { method: 'DELETE' });

test('nothing is left of who was erased, and everything of everybody else', async () => {
  const [nora, otto] = [customer('nora'), customer('otto')];
  const [noras, ottos] = await Promise.all([ordered(nora, 2), ordered(otto, 2)]);
  await parked(nora, noras[0] as string);

  const before = await held(nora);
  expect(before.items.map(({ orderId, contact }) => [orderId, contact])).toEqual(
    noras.map((orderId) => [orderId, nora.contact]),
  );
  expect(before.holders.map(({ holder }) => holder)).toEqual(['order', 'notification', 'console']);
  const places = (await kept(nora.all)).join('\n');
  for (const place of [...PLACES, /^notification .*dead_letters/m]) expect(places).toMatch(place);
  expect(places).not.toMatch(/log\/order\.events|\.dlq|logs\//);

  const first = await erase(nora);
  expect(first.status).toBe(202);
  const again = await erase(nora);
  expect([again.status, again.body]).toEqual([202, first.body]);

  for (const orderId of noras)
    await eventually('notification has heard of it', async () => {
      const [mail] = await shop.notifications(orderId);
      return mail?.to === '';
    });
  expect((await lettersOf(noras[0] as string)).map(({ status }) => status)).toEqual(['discarded']);
  await compactedAtOnce(kafkaOf(stack(), 'test'), TOPIC, async (closeSegments) => {
    let found: string[] = [];
    const isForgotten = async () => {
      await closeSegments();
      found = await foundInFiles(stackDir(), nora.all, isElsewhere);
      return found.length === 0;
    };
    await eventually('Kafka has compacted it', isForgotten, {
      withinMs: 60_000,
      everyMs: 500,
      seen: () => found,
    });
  });
  const found = await kept([...nora.all, ...otto.all]);
  expect(found.filter((place) => nora.all.some(({ text }) => place.endsWith(text)))).toEqual([]);
  const others = found.join('\n');
  for (const place of PLACES) expect(others).toMatch(place);
  const after = await held(nora);
  expect([after.items, after.holders]).toEqual([[], []]);
  expect(after.erasures).toMatchObject([{ by: actor('unknown'), orders: 2 }]);
  expect(after.erasures[0]?.doneAt).toBeTruthy();
  expect((await shop.order(noras[0] as string)).status).toBe('CONFIRMED');

  // A mail server cannot be told by who sends; the demo's is, by the command, which does the whole again.
  expect((await mailsTo(nora)).length).toBe(noras.length);
  const said = await run(`npm run personal-data -- erase ${nora.id}`, {});
  expect(said).toMatch(/done: .*\n.*has forgotten the mails about 2 orders/);
  expect([await mailsTo(nora), (await mailsTo(otto)).length]).toEqual([[], ottos.length]);
  expect((await held(nora)).erasures).toEqual(after.erasures);

  await ordered(nora, 1); // and is told how that one ended
  expect((await mailsTo(nora)).length).toBe(1);
  // All that is held, as one document: of what was erased that there was an order, and a mail.
  const { orders } = JSON.parse(await run(`npm run -s personal-data -- export ${nora.id}`, {})) as Exported;
  expect(orders.map(({ contact, mails }) => [contact, ...mails.map(({ to }) => to)])).toEqual([
    [nora.contact, nora.contact.email],
    [null, ''],
    [null, ''],
  ]);
  expect((await held(nora)).items).toMatchObject([{ contact: nora.contact }]);
});
