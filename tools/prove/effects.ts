/** Calls to the outside, whatever the other side does: see mechanisms.ts. */
import { e2e, integration, type Mechanism } from './mechanism.ts';

const CALLS = integration('packages/messaging/test/effects/effects.integration.test.ts');
const NOT_STARTED = integration('services/payment/test/not-started.integration.test.ts');

export const EFFECTS: readonly Mechanism[] = [
  {
    failure: 'provider that fails',
    mechanism: 'the circuit breaker',
    file: 'packages/resilience/src/circuit-breaker.ts',
    cut: 'const open = () => failures >= threshold;',
    paste: 'const open = () => failures >= threshold * 1e9;',
    test: e2e('failures/provider', 'a provider that is failing for a while'),
  },
  {
    failure: 'call to the outside that hangs and heeds no signal',
    mechanism: 'when its time is over it holds no place any more, and is made again',
    file: 'packages/messaging/src/effects/call-effect.ts',
    cut: '    throw error;\n',
    paste: '    return new Promise(() => {}) as never;\n',
    test: CALLS,
  },
  {
    failure: 'call to the outside of another release',
    mechanism: 'a release claims the kinds that it has, and no others',
    file: 'packages/messaging/src/effects/effect-rows.ts',
    cut: 'kind = any($3::text[])',
    paste: '$3::text[] is not null',
    test: CALLS,
  },
  {
    failure: 'open circuit whose one try asks nobody',
    mechanism: 'whichever way it ends, the try is given back',
    file: 'packages/messaging/src/effects/call-effect.ts',
    cut: '  else breaker.withdrawn();\n',
    paste: '',
    test: CALLS,
  },
  {
    failure: 'stored request that a release cannot read',
    mechanism: 'it says nothing of the other side, and opens no circuit',
    file: 'packages/messaging/src/effects/call-effect.ts',
    cut: "return { outcome: 'not-asked', record: failed(error) };",
    paste: "return { outcome: 'failed', record: failed(error) };",
    test: CALLS,
  },
  {
    failure: 'charge called after its undo',
    mechanism: 'what waited for its turn is marked before it is called',
    file: 'packages/messaging/src/effects/call-effect.ts',
    cut: "if (!effect.started && !(await start(effect))) return { outcome: 'not-asked', record: async () => {} };",
    paste: '',
    test: NOT_STARTED,
  },
  {
    failure: 'charge undone while it starts',
    mechanism: 'an undo cancels only what nobody has started',
    file: 'packages/messaging/src/effects/effect-rows.ts',
    cut: ' and not e.begun',
    paste: '',
    test: NOT_STARTED,
  },
];
