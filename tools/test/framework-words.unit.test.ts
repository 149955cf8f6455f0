/**
 * The framework does not know the shop: no file of packages/ says a word of it, in code, tests, comments or
 * READMEs, and its example (examples/) needs none. What a fork keeps must read as if it had been written for
 * rooms, parcels or tickets.
 */
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { catalogue } from '@order-saga/contracts/catalogue';
import { ROOT } from '../stack/state.ts';

/** What English and the libraries say with the same letters: taken out before anything is looked for. */
const FALSE_FRIENDS = [
  /\b(in|out of) order\b/gi,
  /\b(in|keeps?) (the|this|that|their|its|key|any|no) (\w+ )?order\b/gi,
  /\b(by|in) \w+ order\b/gi,
  /\border (by|of|in which)\b/gi,
  /\binOrder\b/g,
  /\brecorder\b/g,
  /'notification'/g, // the event of a listening PostgreSQL client
];

const WORDS = [
  /\border-?_?saga/gi,
  /order/gi, // also in the middle of a name
  /payment/gi,
  /inventor/gi,
  /\bskus?\b/gi,
  /\bstock/gi,
  /\bshop\b/gi,
  /customer/gi,
  /notification/gi,
  /\bcharg(e|es|ed|ing)\b/gi,
  /refund/gi,
  /\bproducts?\b/gi,
  /\bprices?\b/gi,
  /\bcard\b/gi,
  /\btok_/gi,
  /\bmail( |-)server\b/gi,
];

/** What merely contains one: `border`, `reorder`, `ordering`. */
const HARMLESS = /\b(re|b)order\w*|\border(ed|ing|s by|inality)\b/gi;

const plain = (text: string) =>
  [...FALSE_FRIENDS, HARMLESS].reduce((left, friend) => left.replace(friend, ''), text);

function wordsIn(text: string): string[] {
  const types = [...catalogue.messages.keys()].map((type) => new RegExp(`\\b${type}`, 'g'));
  // What a saga tells about itself has the same names in every system.
  const own = types.filter(({ source }) => !source.startsWith('\\bSaga'));
  return text.split('\n').flatMap((line, at) => {
    const found = [...WORDS, ...own].flatMap((word) => plain(line).match(word) ?? []);
    return found.length === 0 ? [] : [`${at + 1}: ${found[0]} in: ${line.trim().slice(0, 120)}`];
  });
}

describe('the framework', () => {
  it('says no word of the shop', () => {
    const files = globSync(
      ['packages/*/{src,test,migrations}/**/*.*', 'packages/*/{README.md,package.json}', 'examples/**/*.*'],
      { cwd: ROOT },
    );
    assert.ok(files.length > 150, `only ${files.length} files were looked at`);
    const said = files.flatMap((file) =>
      wordsIn(readFileSync(path.join(ROOT, file), 'utf8')).map((what) => `${file}:${what}`),
    );
    assert.deepEqual(said, []);
  });
  it('is searched by words that are found where they stand, and not where they only sound alike', () => {
    for (const said of [
      'order_saga_sagas',
      'an order is placed',
      'orderId',
      'the payment',
      'ReserveInventory',
      'out-of-stock',
    ])
      assert.equal(wordsIn(said).length, 1, said);
    for (const said of [
      'in order',
      'in the order given',
      'order by id',
      'the border',
      'production',
      'enterprise',
    ])
      assert.deepEqual(wordsIn(said), [], said);
  });
});
