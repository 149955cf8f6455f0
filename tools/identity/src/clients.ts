/**
 * Who gets tokens of the demo's identity provider, and with which scopes: people of the shop, and its tools.
 */
import { createHmac } from 'node:crypto';
import type { AllClientMetadata } from 'oidc-provider';
import { CONSOLE_SCOPES, SCOPES, type Scope } from '@order-saga/contracts/access';

const KNOWN: Readonly<Record<string, readonly Scope[]>> = {
  operator: ['orders:any', 'operate', 'read'],
  viewer: ['read'],
  privacy: ['privacy', 'read'],
  tools: ['orders:any', 'operate', 'read', 'privacy'],
  console: CONSOLE_SCOPES,
};

/** By which people sign in: it gives each of them what they have. */
export const SIGN_IN = 'console-sign-in';
const PEOPLE: readonly string[] = ['operator', 'viewer', 'privacy'];

/** Whom the provider signs in, without a password: it is a demo's. */
export const isPerson = (name: string): boolean => isCustomer(name) || PEOPLE.includes(name);

/** A customer's name is their `customerId`. */
const CUSTOMER = /^customer-[\w.-]{1,100}$/;

const isCustomer = (name: string): boolean => CUSTOMER.test(name);

type Metadata = Pick<AllClientMetadata, 'grant_types' | 'response_types' | 'redirect_uris' | 'scope'>;

/** @param consoles where the console is opened: people are sent back there, and nowhere else */
export function metadataOf(name: string, consoles: readonly string[]): Metadata | undefined {
  if (name === SIGN_IN)
    return {
      grant_types: ['authorization_code'],
      response_types: ['code'],
      redirect_uris: consoles.map((url) => `${url}/auth/callback`),
      scope: Object.keys(SCOPES).join(' '),
    };
  const scopes = scopesOf(name);
  if (!scopes) return undefined;
  return {
    grant_types: ['client_credentials'],
    response_types: [],
    redirect_uris: [],
    scope: scopes.join(' '),
  };
}

/** What the tokens of that client may say; undefined: there is no such client. */
export const scopesOf = (name: string): readonly Scope[] | undefined =>
  isCustomer(name) ? ['orders'] : Object.hasOwn(KNOWN, name) ? KNOWN[name] : undefined;

/**
 * Each client has a secret of its own, made of the stack's one: nobody keeps a list, and a customer's is not
 * the operator's.
 */
export const secretOf = (stackSecret: string, name: string): string =>
  createHmac('sha256', stackSecret).update(name).digest('base64url');
