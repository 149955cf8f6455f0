/** Who may do what in the shop: the scopes of its tokens, and which of them each kind of call asks for. */

/** What a token may say that its bearer may do. */
export const SCOPES = {
  orders: "place orders, and see and cancel one's own",
  'orders:any': 'place, see and cancel orders of every customer',
  operate: 'act on sagas, parked messages, stock and prices',
  read: 'see everything, personal data masked',
  privacy: 'see personal data unmasked, and have it erased',
} as const;
export type Scope = keyof typeof SCOPES;

/** What the system's tokens are for. */
export const AUDIENCE = 'urn:order-saga:api';

type Granted = { any: readonly [Scope, ...Scope[]]; own?: Scope };

export const MAY_ORDER = { own: 'orders', any: ['orders:any'] } as const satisfies Granted;
export const MAY_SEE_ORDERS = { own: 'orders', any: ['orders:any', 'read'] } as const satisfies Granted;
/** Of a customer's personal data: to have it all shown, and to have it erased. */
export const MAY_SEE_AND_ERASE = { own: 'orders', any: ['privacy'] } as const satisfies Granted;
export const MAY_LOOK = { any: ['read', 'operate'] } as const satisfies Granted;
export const MAY_OPERATE = { any: ['operate'] } as const satisfies Granted;
/** What the console itself may do: look. What somebody does by its page is done with their own token. */
export const CONSOLE_SCOPES = ['read'] as const satisfies readonly Scope[];

/** With it personal data is shown as it is. */
export const UNMASKED = 'privacy' satisfies Scope;

/** What operators' calls ask for, in every service. */
export const OPERATORS = { look: MAY_LOOK, act: MAY_OPERATE, unmasked: UNMASKED };
