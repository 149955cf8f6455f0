import { openedByClick, type Opening } from './opening.ts';
import { expect, isAccessible, isRecorded, standsAt, storyWith, test } from './page.ts';

test.skip(!isRecorded, 'told of recorded stories');

test('a declined card: the sentence, the steps with their undo, the lanes and the money say the same', async ({
  page,
}) => {
  await page.goto(`/stories/${await storyWith(page, 'reason=payment-declined')}`);
  await expect(
    page.getByText(
      'The stock was reserved; the card was declined (card-declined), so the reservation was given back',
    ),
  ).toBeVisible();
  await expect(page.getByRole('region', { name: /Saga place-order/ })).toMatchAriaSnapshot(`
    - region "Saga place-order v1":
      - heading "Saga place-order v1" [level=2]
      - list:
        - listitem:
          - text: started by
          - button "OrderPlaced"
        - listitem:
          - button "reserve-inventory"
          - text: ReserveInventory
          - strong: reserved
          - text: 9 ms undo
          - button "ReleaseInventory"
          - strong: released
        - listitem:
          - button "process-payment"
          - text: ProcessPayment
          - strong: declined
          - paragraph: "refused: nothing to undo"
        - listitem: point of no return
        - listitem:
          - text: confirm-order ConfirmOrder
          - strong: never sent
        - listitem:
          - text: commit-inventory CommitInventory
          - strong: never sent
        - listitem:
          - text: at the end
          - button "RejectOrder"
          - strong: rejected
  `);
  const results = page.getByRole('region', { name: 'Money, stock, mail' });
  await expect(results.getByText('nothing', { exact: true }).first()).toBeVisible();
  await expect(results.getByText('1 × SKU-0012 given back')).toBeVisible();
  await expect(
    page.getByRole('button', { name: /^PaymentDeclined, refusal, of payment, \+61 ms/ }),
  ).toBeVisible();
  await expect(page.getByText(/^call to charge, \d+ ms/)).toBeVisible();
  const messages = page.getByRole('region', { name: 'Messages', exact: true });
  const cut = await messages.evaluate((section) => {
    const { right } = section.getBoundingClientRect();
    const ticks = [...section.querySelectorAll('[class*=tick] > span')];
    return ticks.filter((tick) => tick.getBoundingClientRect().right > right).map((tick) => tick.textContent);
  });
  expect(cut).toEqual([]);
  await isAccessible(page);
});

test('two sagas of one order stand below each other', async ({ page }) => {
  await page.goto(`/stories/${await storyWith(page, 'status=CANCELLED')}`);
  await expect(page.getByRole('heading', { level: 2, name: /^Saga/ })).toHaveText([
    /place-order/,
    /cancel-order/,
  ]);
  await expect(page.getByText('Then its cancellation was asked for')).toBeVisible();
});

test('a silence is folded, and what waits is not called lost', async ({ page }) => {
  await page.goto(`/stories/${await storyWith(page, 'reason=no-answer')}`);
  await expect(page.getByText('≈ 2 min')).toBeVisible();
  await expect(page.getByText('payment did not answer in time')).toBeVisible();
});

test('repeats are one row, and say how often', async ({ page }) => {
  await page.goto(`/stories/${await storyWith(page, 'sagaStatus=needs-attention')}`);
  await expect(page.getByRole('button', { name: /^RefundPayment ×6, undo command/ })).toBeVisible();
  await expect(page.getByText('still to undo')).toBeVisible();
});

test('an undo that was sent 500 times is one row, and its story is there at once and small', async ({
  page,
}) => {
  const id = await storyWith(page, 'sagaStatus=compensating');
  const openings: Opening[] = [];
  let asked: string[] = [];
  page.on('request', (request) => asked.push(new URL(request.url()).pathname));
  for (let n = 0; n < 3; n++) {
    await page.goto('/stories');
    await page.locator(`a[href="/stories/${id}"]`).waitFor();
    // What is brought ahead is here.
    await page.waitForLoadState('networkidle');
    asked = [];
    openings.push(await openedByClick(page, id));
    await expect(page.getByText('live', { exact: true })).toBeVisible();
  }
  await expect(page.getByRole('button', { name: /^RefundPayment ×500, undo command/ })).toBeVisible();
  expect(await page.locator('[data-event]').count()).toBeLessThan(20);
  // The least of them: what else runs here is no matter of the page. On a quiet machine: bench:page.
  expect(Math.min(...openings.map((one) => one.asked))).toBeLessThan(150);
  expect(Math.min(...openings.map(({ story }) => story))).toBeLessThan(1_000);
  for (const { bytes } of openings) expect(bytes).toBeLessThan(200_000);
  // Each answer once: nothing has changed since it was asked for.
  // How far behind the console is, is asked by the clock.
  const byClock = '/api/model/reading';
  const ofApi = asked.filter((path) => path.startsWith('/api/') && path !== byClock).sort();
  expect(ofApi).toEqual([`/api/stories/${id}`, `/api/stories/${id}/money`, '/api/stream']);
  await isAccessible(page);
});

test('a story is stepped through by its URL, and is told as it was', async ({ page }) => {
  await page.goto(`/stories/${await storyWith(page, 'reason=payment-declined')}`);
  await page.getByRole('button', { name: 'To the first message' }).click();
  await expect(page).toHaveURL(/at=1$/);
  await expect(page.getByText('No saga has taken it up yet.')).toBeVisible();
  await page.getByRole('button', { name: 'One message forward' }).click();
  await page.keyboard.press('.');
  await expect(page).toHaveURL(/at=3$/);
  await page.getByRole('slider', { name: 'Message' }).fill('5');
  await expect(page.getByText('Payment was asked (ProcessPayment) and has not answered yet.')).toBeVisible();
  await expect(page.getByText('not sent yet').first()).toBeVisible();
  await page.reload();
  await expect(standsAt(page, '5 of 13')).toBeVisible();
  await page.getByRole('button', { name: 'To the end' }).click();
  await expect(page).not.toHaveURL(/at=/);
  await expect(page.getByText('never sent').first()).toBeVisible();
});

test('it plays from the beginning to the end', async ({ page }) => {
  await page.goto(`/stories/${await storyWith(page, 'reason=out-of-stock')}`);
  await page.getByRole('button', { name: 'Play' }).click();
  await expect(standsAt(page, /^[2-8] of 9$/)).toBeVisible();
  await expect(standsAt(page, '9 of 9')).toBeVisible({ timeout: 30_000 });
  await expect(page.getByRole('button', { name: 'Play' })).toBeVisible();
});

test('by keyboard alone: from the search to a story, through its lanes, to cause and effect and payload', async ({
  page,
}) => {
  const id = await storyWith(page, 'reason=payment-declined');
  await page.goto('/');
  await expect(page.getByRole('heading', { name: 'Last 15 minutes' })).toBeVisible();
  await page.keyboard.press('/');
  await page.keyboard.type(id.slice(-8));
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(new RegExp(`/stories/${id}`));
  await expect(page.getByRole('heading', { level: 1 })).toBeFocused();

  const first = page.getByRole('button', { name: /^OrderPlaced, event/ });
  for (let n = 0; n < 60 && !(await first.evaluate((element) => element === document.activeElement)); n++)
    await page.keyboard.press('Tab');
  await expect(first).toBeFocused();
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { level: 3, name: 'ReserveInventory' })).toBeVisible();
  await page.keyboard.press('e');
  await expect(page.getByRole('heading', { level: 3, name: 'InventoryReserved' })).toBeVisible();
  await page.keyboard.press('c');
  await page.keyboard.press('c');
  await expect(page.getByRole('heading', { level: 3, name: 'OrderPlaced' })).toBeVisible();
  await page.getByRole('button', { name: 'Payload' }).focus();
  await page.keyboard.press('Enter');
  await expect(page.getByText('"tok_…"')).toBeVisible();
  await expect(page.getByText('ada@example.com')).toHaveCount(0);
  await isAccessible(page);
});

test('a message says who read it and what came of it, and that Kafka has it twice', async ({ page }) => {
  await page.goto(`/stories/${await storyWith(page, 'reason=payment-declined')}?view=list`);
  await page.getByRole('button', { name: /^ProcessPayment/ }).click();
  const detail = page.getByRole('region', { name: 'ProcessPayment' });
  await expect(detail.getByText('took it, and wrote 1 message')).toBeVisible();
  await expect(detail.getByText('dropped the second copy as a duplicate')).toBeVisible();
  await expect(detail.getByText('and again @')).toBeVisible();
  await isAccessible(page);
});

test('a parked message is named, with why', async ({ page }) => {
  await page.goto(`/stories/${await storyWith(page, 'has=parked')}`);
  await expect(
    page.getByRole('region', { name: 'Parked messages' }).getByText('Too small: expected number to be >0'),
  ).toBeVisible();
  await expect(page.getByRole('button', { name: /^ReserveInventory, command.*parked/ })).toBeVisible();
});

test('spans are one waterfall', async ({ page }) => {
  await page.goto(`/stories/${await storyWith(page, 'reason=payment-declined')}`);
  await page.getByText(/\d+ spans in 1 trace/).click();
  await expect(page.getByText('POST /orders')).toBeVisible();
  await expect(page.getByText('effect charge')).toBeVisible();
  await isAccessible(page);
});

test('what went wrong can be seen alone, and every arrow on request', async ({ page }) => {
  await page.goto(`/stories/${await storyWith(page, 'reason=payment-declined')}`);
  await page.getByRole('checkbox', { name: 'only what went wrong' }).check();
  await expect(page.getByRole('button', { name: /^OrderPlaced, event/ })).toHaveCount(0);
  await expect(page.getByRole('button', { name: /^PaymentDeclined, refusal/ })).toBeVisible();
  await page.getByRole('checkbox', { name: 'all arrows' }).check();
  await isAccessible(page);
});

test('hostile content is text', async ({ page }) => {
  const id = await storyWith(page, 'reason=payment-declined');
  await page.route('**/messages/**', (route) =>
    route.fulfill({
      json: {
        source: '/payment',
        id: 'x',
        type: '<img src=x onerror=alert(1)>',
        topic: 't',
        partition: 0,
        offset: '0',
        bytes: 300_000,
        cut: false,
        masked: [],
        envelope: {
          a: '<script>window.owned = 1</script>',
          b: '\u202Eright to left',
          c: 'x'.repeat(60_000),
          d: [[[[[[[['deep']]]]]]]],
        },
        headers: { '<b>': '\u0000' },
      },
    }),
  );
  await page.goto(`/stories/${id}?view=list`);
  await page.getByRole('button', { name: /^PaymentDeclined/ }).click();
  await page.getByRole('button', { name: 'Payload' }).click();
  await expect(page.getByText('<script>window.owned = 1</script>')).toBeVisible();
  expect(await page.evaluate(() => 'owned' in window)).toBe(false);
});

test('an answer that does not come is said, and asked for again', async ({ page, errors }) => {
  let away = true;
  await page.route('**/api/overview', (route) => (away ? route.abort() : route.continue()));
  await page.goto('/');
  await expect(page.getByRole('alert').getByText('The console does not answer').first()).toBeVisible({
    timeout: 30_000,
  });
  away = false;
  await page.getByRole('button', { name: 'Try again' }).click();
  await expect(page.getByRole('heading', { name: 'Last 15 minutes' })).toBeVisible();
  // The browser wrote down each request that had no answer.
  expect(errors.splice(0).every((text) => text.includes('ERR_FAILED'))).toBe(true);
});
