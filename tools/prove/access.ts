/** The mechanisms that let one caller in and another one not. */
import { e2e, integration, type Mechanism, unit } from './mechanism.ts';

const AUTH = unit('packages/service-kit/test/auth.unit.test.ts');
const WHO = integration('tools/test/who-may-do-what.integration.test.ts');
const TOKENS = 'packages/service-kit/src/http/auth/tokens.ts';
const KEYS = 'packages/service-kit/src/http/auth/keys.ts';

const SIGN_IN = 'console-sign-in';

export const ACCESS: readonly Mechanism[] = [
  {
    failure: 'service that nobody told whose tokens are good',
    mechanism: 'it does not start, unless it is told to ask for none',
    file: 'packages/service-kit/src/config.ts',
    cut: "AUTH: z.enum(['on', 'off'], 'must be on or off').default('on')",
    paste: "AUTH: z.enum(['on', 'off'], 'must be on or off').default('off')",
    test: unit('packages/service-kit/test/service-kit.unit.test.ts'),
  },
  {
    failure: 'whoever reaches the console',
    mechanism: "what changes something wants the caller's own token; its own may only look",
    file: 'console/src/access.ts',
    cut: 'authorize: withTokens(verify, catalogue.system)',
    paste: 'authorize: withoutTokens',
    test: e2e(SIGN_IN, 'who is not signed in'),
  },
  {
    failure: 'sign-in that somebody else began',
    mechanism: 'it is tied to the browser that began it',
    file: 'console/src/sign-in/sign-in.ts',
    cut: ' || cookieIn(headers.cookie, names.pending) !== state',
    paste: '',
    test: e2e(SIGN_IN, 'another page does nothing with it'),
  },
  {
    failure: 'call without a token',
    mechanism: 'each call says who may make it, and is not begun for another',
    file: 'packages/service-kit/src/http/server.ts',
    cut: '    authorized,\n',
    paste: '',
    test: AUTH,
  },
  {
    failure: 'token of another issuer',
    mechanism: 'the issuer is one',
    file: TOKENS,
    cut: '      issuer,\n      audience,\n      requiredClaims',
    paste: '      audience,\n      requiredClaims',
    test: AUTH,
  },
  {
    failure: 'token that was made for somebody else',
    mechanism: 'the audience is us',
    file: TOKENS,
    cut: '      audience,\n      requiredClaims',
    paste: '      requiredClaims',
    test: AUTH,
  },
  {
    failure: 'token that is none for access',
    mechanism: 'its type says what it is for',
    file: TOKENS,
    cut: "      typ: 'at+jwt',\n",
    paste: '',
    test: AUTH,
  },
  {
    failure: 'token signed by who has the public key, or by nobody',
    mechanism: 'algorithms with two keys alone',
    file: TOKENS,
    cut: '      algorithms: ALGORITHMS,\n',
    paste: '',
    test: AUTH,
  },
  {
    failure: 'identity provider away',
    mechanism: 'keys that were fetched are kept',
    file: KEYS,
    cut: '      tried = { at: now(), failed: true };',
    paste: '      tried = { at: now(), failed: true };\n      keys = undefined;',
    test: AUTH,
  },
  {
    failure: 'signing key leaked',
    mechanism: 'a key that is withdrawn ends what it signed, verified before or not',
    file: TOKENS,
    cut: 'before.generation === generation && ',
    paste: '',
    test: AUTH,
  },
  {
    failure: 'operator under a false name',
    mechanism: "what is written down is the token's subject",
    file: 'packages/service-kit/src/http/auth/access.ts',
    cut: "subject ?? said ?? 'unknown'",
    paste: "said ?? subject ?? 'unknown'",
    test: AUTH,
  },
  {
    failure: 'one caller who takes all',
    mechanism: 'a limit per caller, in bounded memory',
    file: 'packages/service-kit/src/http/per-caller.ts',
    cut: 'waitMs > 0 ? { waitMs } : { forgottenAt: after }',
    paste: '{ forgottenAt: after }',
    test: AUTH,
  },
  {
    failure: "another customer's order is looked at",
    mechanism: 'it is as if it were not there',
    file: 'services/order/src/http/get-orders.ts',
    cut: ' || (onlyOf !== undefined && row.customerId !== onlyOf)',
    paste: '',
    test: WHO,
  },
  {
    failure: "another customer's order is cancelled",
    mechanism: 'its customer is compared while its row is locked',
    file: 'services/order/src/http/cancel-order.ts',
    cut: 'onlyOf !== undefined && order.customerId !== onlyOf',
    paste: 'order === undefined',
    test: WHO,
  },
  {
    failure: "another customer's orders are listed",
    mechanism: "a customer's list is of their own orders",
    file: 'services/order/src/http/get-orders.ts',
    cut: '[customerId, onlyOf]',
    paste: '[customerId]',
    test: WHO,
  },
  {
    failure: 'order in the name of another customer',
    mechanism: "a customer's order is for the token's subject",
    file: 'services/order/src/http/place-order.ts',
    cut: '      forOneself(caller, body);\n',
    paste: '',
    test: WHO,
  },
  {
    failure: "idempotency key that is another caller's",
    mechanism: 'a key belongs to its caller',
    file: 'services/order/src/storage/idempotency-keys.ts',
    cut: 'subject === undefined ? key :',
    paste: 'key.length > 0 ? key :',
    test: WHO,
  },
];
