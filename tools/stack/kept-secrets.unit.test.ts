/** What a stack keeps in its folder, where others of the machine may look: nothing of it is for them. */
import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, describe, it } from 'node:test';
import { credentialsIn } from './components/kafka-users.ts';
import { keepSecret, secretOf } from './secrets.ts';
import { type StackState, writeState } from './state.ts';

const modeOf = (place: string) => (statSync(place).mode & 0o777).toString(8);

describe('what a stack keeps is for its owner alone', () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'kept-'));
  after(() => rmSync(folder, { recursive: true }));

  it('its state, with every password in it', () => {
    const dir = path.join(folder, 'stack');
    writeState(dir, {} as StackState);
    assert.equal(modeOf(path.join(dir, 'state.json')), '600');
  });
  it("each service's password, also where another let everybody read it", () => {
    const dir = path.join(folder, 'data');
    const { file, value } = secretOf(dir, 'order');
    assert.deepEqual([modeOf(file), modeOf(path.dirname(file))], ['600', '700']);
    assert.match(value(), /^[\w-]{32}$/);
    chmodSync(file, 0o644);
    chmodSync(path.dirname(file), 0o755);
    keepSecret(file, 'another');
    assert.deepEqual([modeOf(file), modeOf(path.dirname(file)), value()], ['600', '700', 'another']);
  });
  it("each user's of Kafka, none like another's", () => {
    const dir = path.join(folder, 'passwords');
    mkdirSync(dir);
    writeFileSync(path.join(dir, 'kafka-order-password'), 'kept\n', { mode: 0o600 });
    const { fileOf, passwordOf } = credentialsIn(dir);
    const users = ['admin', 'broker', 'order', 'payment', 'console', 'tools'] as const;
    for (const user of users) assert.equal(modeOf(fileOf(user)), '600', user);
    assert.equal(modeOf(dir), '700');
    assert.equal(passwordOf('order'), readFileSync(fileOf('order'), 'utf8').trim());
    assert.equal(passwordOf('order'), 'kept');
    assert.equal(new Set(users.map(passwordOf)).size, users.length);
  });
});
