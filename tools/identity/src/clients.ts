/**
 * Who gets tokens of the demo's identity provider, and with which scopes: people of the shop, and its tools.
 */
import { createHmac } from 'node:crypto';
import { CONSOLE_SCOPES, type Scope } from '@order-saga/contracts/access';

const KNOWN: Readonly<Record<string, readonly Scope[]>> = {
  operator: ['orders:any', 'operate', 'read'],
  viewer: ['read'],
  privacy: ['privacy', 'read'],
  tools: ['orders:any', 'operate', 'read', 'privacy'],
  console: CONSOLE_SCOPES,
};

/** A customer's name is their `customerId`. */
const CUSTOMER = /^customer-[\w.-]{1,100}$/;

const isCustomer = (name: string): boolean => CUSTOMER.test(name);

/** What the tokens of that client may say; undefined: there is no such client. */
export const scopesOf = (name: string): readonly Scope[] | undefined =>
  isCustomer(name) ? ['orders'] : Object.hasOwn(KNOWN, name) ? KNOWN[name] : undefined;

/**
 * Each client has a secret of its own, made of the stack's one: nobody keeps a list, and a customer's is not
 * the operator's.
 */
export const secretOf = (stackSecret: string, name: string): string =>
  createHmac('sha256', stackSecret).update(name).digest('base64url');
