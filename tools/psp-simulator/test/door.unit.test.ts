/** The door of the simulators: what goes wrong behind it is nobody's business before it. */
import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { freePort } from '../../stack/ports.ts';
import { openDoor, textOf } from '../src/door.ts';

const port = await freePort();
const url = `http://127.0.0.1:${port}`;
const door = await openDoor({ host: '127.0.0.1', port }, async (request, { pathname }) => {
  if (pathname === '/fails') throw new Error("ENOENT: no such file, open '/data/ledger.jsonl'");
  return { status: 200, body: JSON.stringify({ length: (await textOf(request)).length }) };
});
after(() => door.close(0));

describe('the door of a simulator', () => {
  it('says what went wrong in the log alone', async (context) => {
    const logged = context.mock.method(console, 'error', () => {});
    const answer = await fetch(`${url}/fails`);
    assert.equal(answer.status, 500);
    assert.deepEqual(await answer.json(), { error: 'something went wrong inside; the log has it' });
    assert.match(String(logged.mock.calls[0]?.arguments[0]), /ENOENT/);
  });

  it('keeps 64 KiB of a body and no more, and says so', async () => {
    const post = (bytes: number) => fetch(url, { method: 'POST', body: 'x'.repeat(bytes) });
    assert.deepEqual(await (await post(64 * 1024)).json(), { length: 64 * 1024 });
    assert.equal((await post(64 * 1024 + 1)).status, 413);
    assert.equal((await post(5_000_000)).status, 413);
  });
});
