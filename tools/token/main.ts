/**
 * `npm run -s token -- --as customer-1 | --operator | --viewer | --privacy`: prints a bearer token, and
 * nothing else.
 */
import { providerOf, tokensFor } from '../identity/token.ts';
import { commandLine, noMore } from '../command-line.ts';
import { runTool } from '../run-tool.ts';
import { replaceKeys } from '../identity/src/keys.ts';
import { stackHere, WHICH_STACK } from '../operator/ask.ts';
import { composeNewKey } from '../stack/compose.ts';
import { control } from '../stack/launch.ts';
import { StackError } from '../stack/stack-error.ts';
import type { StackState } from '../stack/state.ts';

const USAGE = `npm run -s token -- WHO     prints a token of the running stack's identity provider, good for an hour

  --as CUSTOMER   a customer's, by the name that orders have as customerId: customer-1, customer-ada, ...
  --operator      places orders for anybody, acts on sagas, parked messages, stock and prices
  --viewer        sees everything, personal data masked
  --privacy       sees personal data too
  --compose       of the containers, where another stack runs too
  --new-key       no token: the provider signs with another key, and all tokens that there are end

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

/** Services hear of it by the first token of the new key, and within five minutes in any case. */
async function changeKey(state: StackState): Promise<void> {
  const provider = state.components.find(({ name }) => name === 'identity');
  if (!provider || !(provider.keysFile || state.compose))
    throw new StackError('--new-key', 'this stack has no identity provider whose key could be changed here');
  if (provider.keysFile) replaceKeys(provider.keysFile);
  else await composeNewKey();
  await control(state, 'restart', 'identity');
  console.log(
    'All tokens signed until now end within five minutes, or when a service sees the first new one.',
  );
}

async function main(): Promise<void> {
  const { values, positionals } = commandLine(USAGE, {
    as: { type: 'string' },
    operator: { type: 'boolean', default: false },
    viewer: { type: 'boolean', default: false },
    privacy: { type: 'boolean', default: false },
    'new-key': { type: 'boolean', default: false },
    ...WHICH_STACK,
  });
  const { 'new-key': newKey, compose, ...who } = values;
  noMore('token', positionals);
  if (newKey) return changeKey(await stackHere('token', { compose }));
  const client = clientOf(who);
  const state = await stackHere('token', { compose });
  const provider = providerOf(state);
  if (!provider)
    throw new StackError('token', 'this stack asks for none (AUTH=off): calls need no Authorization header');
  console.log(await tokensFor(provider, client).token());
}

runTool(main);
