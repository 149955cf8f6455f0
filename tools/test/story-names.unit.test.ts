import assert from 'node:assert/strict';
import path from 'node:path';
import { it } from 'node:test';
import { ROOT } from '../stack/state.ts';
import { checkStoryNames } from './story-names.ts';

it('a story is named by a part of its file, as Playwright takes it', () =>
  checkStoryNames([
    'order-refused',
    'failures/overload',
    'e2e/failures/overload.spec.ts:30',
    'over.*ad:30:1',
    path.join(ROOT, 'e2e/order-refused.spec.ts'),
  ]));

it('a name that no story has is refused, with those that there are', () => {
  assert.throws(() => checkStoryNames(['order-refused', 'nonsense']), {
    message: /^e2e: there is no story nonsense; there are .*\border-refused\b/,
  });
  assert.throws(() => checkStoryNames(['browser/story']), /no story browser\/story/);
  assert.throws(() => checkStoryNames(['over(']), /no story over\(/);
});
