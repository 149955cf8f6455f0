import assert from 'node:assert/strict';
import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type Entry, openLedger } from '../src/ledger.ts';

const entry = (orderId: string): Entry => ({
  orderId,
  kind: 'charge',
  amount: { amount: 1, currency: 'EUR' },
  idempotencyKey: orderId,
  at: '2026-01-01T00:00:00Z',
  answer: { status: 200, body: {} },
});

describe("the provider's book", () => {
  let dir: string;
  before(() => (dir = mkdtempSync(path.join(os.tmpdir(), 'order-saga-ledger-'))));
  after(() => rmSync(dir, { recursive: true, force: true }));

  it('can be read after half a line was written, and written after that, and read again', () => {
    const file = path.join(dir, 'half.jsonl');
    const first = openLedger(file);
    first.record(entry('a'));
    first.close();
    appendFileSync(file, '{"orderId":"ä');
    const second = openLedger(file);
    second.record(entry('b'));
    second.close();
    const third = openLedger(file);
    assert.deepEqual(third.entries(), [entry('a'), entry('b')]);
    third.close();
  });
});
