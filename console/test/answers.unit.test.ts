import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { z } from 'zod';
import { answering } from '../src/http/answers.ts';

/** Of which the first looks meet a generation that is just dropped. */
function asked(method: 'get' | 'post', drops: number, code = '42P01') {
  let looks = 0;
  const endpoint = answering(z.object({}), {
    ...{ method, path: '/api/any', summary: '', inputs: {}, responses: {} },
    async handle() {
      looks += 1;
      if (looks <= drops) throw Object.assign(new Error('relation "g1.story" does not exist'), { code });
      return { status: 200, body: {} };
    },
  });
  const answer = () => endpoint.handle({} as never);
  return { answer, looks: () => looks };
}

describe('what is asked for while the generation that was shown is dropped', () => {
  it('is looked for again, in the one that is shown by then', async () => {
    for (const code of ['42P01', '3F000']) {
      const { answer, looks } = asked('get', 1, code);
      assert.deepEqual(await answer(), { status: 200, body: {} });
      assert.equal(looks(), 2);
    }
  });
  it('is not looked for without end', async () => {
    const { answer, looks } = asked('get', 10);
    await assert.rejects(answer(), /g1\.story/);
    assert.equal(looks(), 3);
  });
  it('is not done twice if it changes something, nor for another fault', async () => {
    for (const { answer, looks } of [asked('post', 1), asked('get', 1, '42703')]) {
      await assert.rejects(answer(), /g1\.story/);
      assert.equal(looks(), 1);
    }
  });
});
