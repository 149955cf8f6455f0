/**
 * `npm run upgrade -- FOLDER`: a stack with the services of another release (a checkout in FOLDER) is
 * upgraded to this one under load, service by service, and back. Wrong if an order is lost, a saga does not
 * end, or any other invariant is violated.
 */
import { CONSOLE, EXCHANGED } from '@order-saga/contracts/system';
import { violations } from '../checker/invariants.ts';
import { observe, observeBefore } from '../checker/observe.ts';
import { commandLine, noMore, numberAboveZero } from '../command-line.ts';
import { runTool } from '../run-tool.ts';
import { shopAt } from '../shop/client.ts';
import { urlsOf } from '../stack/attach.ts';
import { checkoutAt } from '../stack/checkout.ts';
import { enterFolder } from '../stack/enter-folder.ts';
import { bringUp, runningStack } from '../stack/launch.ts';
import { StackError } from '../stack/stack-error.ts';
import { ROOT, type StackState } from '../stack/state.ts';
import { countsOf, customers, hasEnded } from './customers.ts';
import { exchange, mailedOtherwise, whatIsLeft } from './exchange.ts';

const USAGE = `npm run upgrade -- FOLDER [--rate 20] [--replicas 1] [--pause SECONDS]

FOLDER is a checkout of the release before that is set up: git worktree add FOLDER RELEASE, and there, once,
npm run stack -- status. Its stack is started in a folder of its own, on free ports. While orders are placed,
each service is stopped and started with the code of this checkout, one replica after the other (in the
order that contracts/src/system.ts says), then with that of FOLDER again, in the other direction. Then every
order and saga must have ended, and the invariants must hold.`;

/** Short, so that steps time out and are undone while two releases are at work. */
const STEP_DEADLINE_MS = '8000';
/** The provider takes so long: sagas are under way whenever a service is exchanged. */
const PROVIDER_TAKES_MS = 400;
const ENDS_WITHIN_MS = 120_000;

const say = (text: string) => console.log(`  ${text}`);

function options() {
  const { values, positionals } = commandLine(USAGE, {
    rate: { type: 'string', default: '20' },
    replicas: { type: 'string', default: '1' },
    pause: { type: 'string', default: '3' },
  });
  const [folder, ...more] = positionals;
  if (folder === undefined) throw new StackError('upgrade', `the folder is missing.\n\n${USAGE}`);
  noMore('upgrade', more);
  const number = (name: 'rate' | 'replicas' | 'pause') => numberAboveZero(name, values[name]);
  return { folder, rate: number('rate'), replicas: number('replicas'), pauseMs: number('pause') * 1_000 };
}

const stackNow = (): StackState => {
  const state = runningStack();
  if (!state) throw new StackError('stack', 'it does not run any more');
  return state;
};

async function main(): Promise<boolean> {
  const chosen = options();
  const other = checkoutAt(chosen.folder);
  process.env['STEP_DEADLINE_MS'] = STEP_DEADLINE_MS;
  const { leave } = enterFolder('upgrade');
  try {
    const { replicas } = chosen;
    const up = await bringUp(
      { ephemeral: true, replicas, jit: 'c1', forCaller: true, from: other, without: [CONSOLE.name] },
      say,
    );
    try {
      return await upgradeAndBack(other, chosen);
    } finally {
      await up.leave();
    }
  } finally {
    await leave();
  }
}

async function upgradeAndBack(
  other: string,
  { rate, pauseMs }: { rate: number; pauseMs: number },
): Promise<boolean> {
  const shop = shopAt(urlsOf(stackNow()));
  await shop.setFaults({ slowMs: PROVIDER_TAKES_MS });
  const before = await observeBefore(stackNow());
  const load = customers(shop, before.stock, rate);
  for (const [checkout, what, order] of [
    [ROOT, 'upgraded', EXCHANGED],
    [other, 'taken back', EXCHANGED.toReversed()],
  ] as const) {
    for (const service of order) await exchange(stackNow, service, checkout, { what, pauseMs, load, say });
  }
  const { accepted, observedStatuses } = await load.stop();
  say(`${accepted.length} orders are placed; waiting until all have ended`);
  const notEnded = await hasEnded(shop, accepted, ENDS_WITHIN_MS);
  const ids = accepted.map(({ orderId }) => orderId);
  const observed = await observe(stackNow(), before, ids, { observedStatuses });
  const wrong = [
    ...notEnded,
    ...violations(observed).map(({ invariant, what }) => `invariant ${invariant}: ${what}`),
    ...(await mailedOtherwise(stackNow(), observed.notifications.length)),
    ...(await whatIsLeft(stackNow())),
  ];
  console.log(`\n${countsOf(observed, accepted)}`);
  for (const what of wrong.slice(0, 20)) console.error(what);
  console.log(
    wrong.length === 0
      ? '\nNo order is lost, no mail is lost or sent twice, every saga has ended, and the invariants hold.'
      : `\n${wrong.length} things are wrong.`,
  );
  return wrong.length === 0;
}

runTool(main);
