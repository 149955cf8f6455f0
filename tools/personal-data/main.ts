/** `npm run personal-data -- VERB CUSTOMER`: what is held of a customer, and forgetting it. */
import { eventually } from '@sagakit/testing/eventually';
import { carryTokens } from '../identity/token.ts';
import { ask, stackHere, WHICH_STACK } from '../operator/ask.ts';
import { commandLine, noMore } from '../command-line.ts';
import { runTool } from '../run-tool.ts';
import { StackError } from '../stack/stack-error.ts';
import type { StackState } from '../stack/state.ts';
import { type Held, pagesOf, personalDataOf, wholeOf } from './held.ts';
import { forgetMails } from './mails.ts';

const USAGE = `npm run personal-data -- VERB CUSTOMER

  show CUSTOMER     what is held of them, by whom and for what; of orders the oldest 1000; who asked for what to be erased
  export CUSTOMER   all of it, with their orders and mails, as one JSON document: npm run -s personal-data -- export CUSTOMER
  erase CUSTOMER    forget it, everywhere, the demo's mail server too. It cannot be taken back. What they order
                    later is remembered anew

It is written down under the subject of the token that this stack's identity provider gives to this tool (privacy).
Running it twice does no harm.`;

const LINES = 1_000;
const DONE_WITHIN_MS = 120_000;

async function show(url: string): Promise<void> {
  let shown = 0;
  for await (const held of pagesOf<Held>(url)) {
    if (shown === 0) heading(held);
    for (const { orderId, placedAt, contact } of held.items) {
      const { street, city, postalCode, country } = contact.address;
      console.log(
        `${orderId}  ${placedAt}  ${contact.email}  ${[contact.name, street, postalCode, city, country].join(', ')}`,
      );
    }
    shown += held.items.length;
    if (shown < LINES || !held.nextCursor) continue;
    return console.log(`${shown} orders; there are more: export`);
  }
}

function heading({ customerId, holders, erasures }: Held): void {
  if (holders.length === 0) console.log(`Nothing is held of ${customerId} but the orders themselves.`);
  for (const { holder, holds, for: why } of holders) console.log(`${holder} holds ${holds}: ${why}`);
  for (const { requestedAt, by, orders, doneAt } of erasures)
    console.log(
      `erasure asked for ${requestedAt} by ${by}: ${orders} orders, ${doneAt ? `done ${doneAt}` : 'under way'}`,
    );
}

async function erase(state: StackState, customer: string): Promise<void> {
  const url = personalDataOf(state, customer);
  const { requestedAt, by } = await ask<{ requestedAt: string; by: string }>(url, { method: 'DELETE' });
  console.log(`asked for ${requestedAt} by ${by}`);
  // Before that a mail could still be sent.
  const isDone = async () => typeof (await ask<Held>(`${url}?limit=1`)).erasures[0]?.doneAt === 'string';
  await eventually('it is done', isDone, { withinMs: DONE_WITHIN_MS, everyMs: 500 }).catch(() => {
    throw new StackError(
      'erase',
      `it goes on by itself; how far it is: show ${customer}. Then run this again`,
    );
  });
  console.log('done: the order service has forgotten it, and told the others');
  const forgotten = await forgetMails(state, customer, new Date(requestedAt));
  console.log(
    forgotten === undefined
      ? 'mails that were sent are where they were sent to: this stack has no mail server of its own'
      : `the mail server has forgotten the mails about ${forgotten} ${forgotten === 1 ? 'order' : 'orders'}; one that was under way comes all the same: run this again`,
  );
}

async function main(): Promise<void> {
  const { values, positionals } = commandLine(USAGE, WHICH_STACK);
  const [verb, customer, ...more] = positionals;
  if (!verb) return console.log(USAGE);
  noMore(verb, more);
  if (!customer) throw new StackError(verb, `the customer is missing.\n\n${USAGE}`);
  const state = await stackHere('personal-data', values);
  carryTokens(state, 'privacy');
  switch (verb) {
    case 'show':
      return show(personalDataOf(state, customer));
    case 'export':
      return console.log(JSON.stringify(await wholeOf(state, customer), null, 2));
    case 'erase':
      return erase(state, customer);
    default:
      throw new StackError(verb, `is not a verb of this command.\n\n${USAGE}`);
  }
}

runTool(main);
