import assert from 'node:assert/strict';
import net from 'node:net';
import { describe, it } from 'node:test';
import pg from 'pg';
import { errorWords } from './error-words.ts';
import { freePort } from './ports.ts';
import { StackError } from './stack-error.ts';

const thrownBy = (work: () => unknown): Promise<unknown> =>
  (async () => work())().then(
    () => assert.fail('nothing was thrown'),
    (error: unknown) => error,
  );
const wordsFor = async (work: () => unknown) => errorWords(await thrownBy(work));

describe('a command that failed says in one line', () => {
  it('what it was refused', async () =>
    assert.equal(
      await wordsFor(() => {
        throw new StackError('order', 'port 4001 is in use');
      }),
      'order: port 4001 is in use',
    ));

  it('that nobody answers, and where', async () => {
    const port = await freePort();
    const refused = new RegExp(`connect ECONNREFUSED 127\\.0\\.0\\.1:${port}`);
    for (const work of [
      () => fetch(`http://127.0.0.1:${port}`),
      () => new pg.Client({ connectionString: `postgres://127.0.0.1:${port}/x` }).connect(),
      () =>
        new Promise((_, reject) => {
          net.connect(port, '127.0.0.1').once('error', reject);
        }),
    ]) {
      const words = await wordsFor(work);
      assert.match(words, refused);
      assert.equal(words.split('\n').length, 1, words);
    }
  });

  it('what Kafka has said', () => {
    const refused = Object.assign(new Error('Authentication failed'), {
      name: 'KafkaJSSASLAuthenticationError',
    });
    assert.equal(errorWords(refused), 'kafka: Authentication failed');
  });

  it('what Postgres has said', () => {
    const refused = Object.assign(new pg.DatabaseError('password authentication failed', 1, 'error'), {
      severity: 'FATAL',
      code: '28P01',
    });
    assert.equal(errorWords(refused), 'postgres: password authentication failed');
  });

  it('what it meant to say, and where that was', () =>
    assert.match(
      errorWords(new Error('the shop is nearly sold out')),
      /^the shop is nearly sold out \(tools\/stack\/error-words\.unit\.test\.ts:\d+\)$/,
    ));
});

describe('a bug of ours', () => {
  it('shows its whole stack', async () => {
    const words = await wordsFor(() => (undefined as unknown as { order: string }).order);
    assert.match(words, /^TypeError: Cannot read .*\n +at /);
    assert.match(await wordsFor(() => assert.equal(1, 2)), /^AssertionError.*\n/);
    assert.match(await wordsFor(() => Buffer.alloc(-1)), /^RangeError.*\n +at /);
  });
});
