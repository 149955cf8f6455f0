/**
 * `npm run -s token -- --as customer-1 | --operator | --viewer | --privacy`: prints a bearer token, and
 * nothing else.
 */
import { parseArgs } from 'node:util';
import { tokenOf } from '../identity/token.ts';
import { noMore, runTool } from '../run-tool.ts';
import { runningStack } from '../stack/launch.ts';
import { StackError } from '../stack/stack-error.ts';

const USAGE = `npm run -s token -- WHO     prints a token of the running stack's identity provider, good for an hour

  --as CUSTOMER   a customer's, by the name that orders have as customerId: customer-1, customer-ada, ...
  --operator      places orders for anybody, acts on sagas, parked messages, stock and prices
  --viewer        sees everything, personal data masked
  --privacy       sees personal data too

curl -H "Authorization: Bearer $(npm run -s token -- --operator)" http://127.0.0.1:4001/orders`;

function clientOf(values: { as?: string; operator: boolean; viewer: boolean; privacy: boolean }): string {
  const { as, ...roles } = values;
  const named = Object.entries(roles).flatMap(([role, wanted]) => (wanted ? [role] : []));
  const all = [...(as === undefined ? [] : [as]), ...named];
  const [one] = all;
  if (one === undefined || all.length > 1)
    throw new StackError('token', `one of --as CUSTOMER, --operator, --viewer, --privacy is needed`);
  if (as !== undefined && !as.startsWith('customer-'))
    throw new StackError('--as', `a customer's name begins with customer-, and "${as}" does not`);
  return one;
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      as: { type: 'string' },
      operator: { type: 'boolean', default: false },
      viewer: { type: 'boolean', default: false },
      privacy: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const { help, ...who } = values;
  if (help) return console.log(USAGE);
  noMore('token', positionals);
  const client = clientOf(who);
  const state = runningStack();
  if (!state) throw new StackError('token', 'no stack runs here. Start one: npm run stack -- up');
  console.log(await tokenOf(state, client));
}

runTool(main);
