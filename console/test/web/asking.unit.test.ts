/** What the page says before something is done: who may, what it undoes, how many; and keys before that. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Product, Story } from '../../src/api.ts';
import { whatIsUndone } from '../../web/src/view/cancelling.ts';
import { messagesOf } from '../../web/src/view/counts.ts';
import { searchIn } from '../../web/src/view/early-keys.ts';
import { whyNotCancel, whyNotOrder } from '../../web/src/view/may.ts';
import { type Doing, MIXED, placeAll, planned, summary } from '../../web/src/view/mixed-orders.ts';
import { answerAt } from '../page/script.ts';
import { type Kind, recorded } from '../page/stories.ts';

const ALL = recorded().slice(0, 9);
const playedOf = (kind: Kind) => ALL.find((played) => played.kind === kind) ?? assert.fail(kind);
const story = (kind: Kind, at?: number): Story => answerAt(playedOf(kind), at);

describe('whoever is signed in', () => {
  const people = ['operator', 'customer-1', 'viewer'];
  const viewer = { as: 'viewer', orders: 'none', people } as const;
  const customer = { as: 'customer-1', orders: 'own', people } as const;
  const operator = { as: 'operator', orders: 'any', people } as const;
  const there = 'choose one in the list of accounts at the top of the page.';

  it('is told who may place orders if they may not, and where one becomes that one', () => {
    assert.equal(whyNotOrder(viewer), `viewer may not place orders. An operator or a customer may: ${there}`);
    assert.equal(
      whyNotOrder({ orders: 'none', people }),
      `Nobody is signed in, so nobody may place orders. An operator or a customer may: ${there}`,
    );
    for (const who of [customer, operator, undefined]) assert.equal(whyNotOrder(who), undefined);
  });

  it('is told whose order it is that they may not cancel', () => {
    for (const who of [operator, customer, undefined])
      assert.equal(whyNotCancel(who, 'customer-1'), undefined);
    assert.equal(
      whyNotCancel(customer, 'customer-2'),
      `This is an order of customer-2; customer-1 may cancel their own. An operator may, or that customer: ${there}`,
    );
    assert.match(whyNotCancel(viewer, 'customer-1') ?? '', /^viewer may not cancel orders\. An operator may/);
  });

  it('is sent to no switch where there is none', () => {
    assert.equal(
      whyNotOrder({ orders: 'none', people: [] }),
      'Nobody is signed in, so nobody may place orders. Open the page again to sign in.',
    );
    assert.doesNotMatch(whyNotCancel({ ...viewer, people: [] }, undefined) ?? '', /choose/);
  });
});

describe('what cancelling undoes', () => {
  it('is the charge and the stock of an order that is complete', () => {
    assert.equal(
      whatIsUndone(story('confirmed')),
      'Undone: € 258.00 refunded, 2 × Mechanical keyboard returned to stock.',
    );
  });

  it('is what was done so far of one that runs, and what comes meanwhile', () => {
    assert.equal(
      whatIsUndone(story('running')),
      'Undone: reservation of 1 × Desk lamp released. What is done in the meantime is undone too.',
    );
    assert.equal(
      whatIsUndone(story('running', 1)),
      'Nothing was reserved or charged yet. What is done in the meantime is undone too.',
    );
  });
});

describe('how many messages there are', () => {
  it('agrees with the rows that are stepped through', () => {
    const whole = story('declined');
    assert.equal(messagesOf(whole, whole), '13');
    assert.equal(messagesOf(story('declined', 10), whole), '10 of 13');
  });

  it('is said in rows too where repeats are one row', () => {
    const whole = story('needsAttention');
    const [rows, all] = [whole.events.length, whole.more.messages];
    assert.equal(all - rows, 5);
    assert.equal(messagesOf(whole, whole), `${all}, in ${rows} rows`);
    const then = story('needsAttention', rows - 1);
    assert.equal(messagesOf(then, whole), `${then.more.messages} of ${all}, in ${rows - 1} of ${rows} rows`);
  });

  it('is not said to be in rows that were not sent', () => {
    const whole = { ...story('declined'), more: { ...story('declined').more, messages: 900 } };
    assert.equal(messagesOf(whole, whole), '900, 13 rows shown');
  });
});

describe('keys that are pressed before the page listens', () => {
  it('lead to the search with what followed', () => {
    assert.deepEqual(searchIn([...'/ab', 'Shift', 'C', 'Backspace', '9']), { q: 'ab9', isEntered: false });
    assert.deepEqual(searchIn([...'/0190a7c4', 'Enter', 'x']), { q: '0190a7c4', isEntered: true });
  });

  it('and to nothing else', () => {
    assert.equal(searchIn([]), undefined);
    assert.equal(searchIn(['p', 'Tab']), undefined);
    assert.equal(searchIn([...'/ab', 'Escape']), undefined);
    assert.deepEqual(searchIn(['/', 'a', 'Escape', '/', 'b']), { q: 'b', isEntered: false });
  });
});

describe('fifty mixed orders', () => {
  const product = (sku: string, available: number): Product => ({
    ...{ sku, name: sku, available, reserved: 0, sold: 0 },
    price: { amount: 100, currency: 'EUR' },
  });
  const products = [product('A', 900), product('B', 3), product('C', 80)];
  type Did = ['place' | 'cancel' | 'wait', unknown];

  /** Writes down what is done; `refuses` says which tries are answered "come back in 2 s". */
  function doing(refuses: (tries: number) => boolean = () => false) {
    const did: Did[] = [];
    const keys: string[] = [];
    let tries = 0;
    const stopping = new AbortController();
    const placed: string[] = [];
    const all: Doing = {
      async place({ sku }, key) {
        keys.push(key);
        if (refuses(++tries)) throw new Error('busy');
        did.push(['place', sku]);
        return { orderId: `o${did.length}`, correlationId: `c${did.length}` };
      },
      cancel: async (orderId) => void did.push(['cancel', orderId]),
      comeBack: (error) => ((error as Error).message === 'busy' ? { inS: 2 } : undefined),
      async wait(ms, signal) {
        signal.throwIfAborted();
        did.push(['wait', ms]);
      },
      newKey: () => `key${keys.length}`,
      onPlaced: ({ orderId }) => void placed.push(orderId),
      onWaiting: () => {},
    };
    return { ...{ all, did, keys, placed, stopping } };
  }

  it('end in every way, of products that there are enough of', () => {
    const plan = planned(products);
    assert.equal(plan.length, MIXED);
    assert.equal(
      summary(plan),
      '30 with a good card, 10 with a card that is declined, 5 for more than there is, 5 cancelled at once',
    );
    for (const { meant, sku, quantity } of plan)
      assert.deepEqual(
        meant === 'out-of-stock' ? [sku, quantity] : ['B' === sku, quantity],
        meant === 'out-of-stock' ? ['B', 4] : [false, 1],
      );
    assert.deepEqual(planned([]), []);
  });

  it('are placed one after the other, a fifth of a second apart, and cancelled where that is meant', async () => {
    const { all, did, placed, stopping } = doing();
    await placeAll(planned(products), all, stopping.signal);
    const n = (what: Did[0]) => did.filter(([one]) => one === what).length;
    assert.deepEqual([placed.length, n('place'), n('wait'), n('cancel')], [50, 50, 49, 5]);
  });

  it('wait when they are told to come back, and ask for the same order again', async () => {
    const { all, did, keys, stopping } = doing((tries) => tries === 2 || tries === 3);
    await placeAll(planned(products, 3), all, stopping.signal);
    assert.deepEqual(did.filter(([what, ms]) => what === 'wait' && ms === 2_000).length, 2);
    assert.deepEqual(keys, ['key0', 'key1', 'key1', 'key1', 'key4']);
  });

  it('end with what cannot be tried again, and with what is refused again and again', async () => {
    const { all, stopping } = doing(() => true);
    await assert.rejects(placeAll(planned(products, 2), all, stopping.signal), /busy/);
    const broken = { ...all, place: () => Promise.reject(new Error('no such product')) };
    await assert.rejects(placeAll(planned(products, 2), broken, stopping.signal), /no such product/);
  });

  it('are stopped between two of them', async () => {
    const { all, placed, stopping } = doing();
    const onPlaced: Doing['onPlaced'] = (one) => {
      all.onPlaced(one);
      if (placed.length === 3) stopping.abort();
    };
    await assert.rejects(placeAll(planned(products), { ...all, onPlaced }, stopping.signal), {
      name: 'AbortError',
    });
    assert.equal(placed.length, 3);
  });
});
