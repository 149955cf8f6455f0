/** What the operator's tools share: which stack, who asks, and refusals in words. */
import os from 'node:os';
import { carryTokens } from '../identity/token.ts';
import { type Answer, call } from '../shop/client.ts';
import { stackInUse } from '../stack/attach.ts';
import { StackError } from '../stack/stack-error.ts';
import type { StackState } from '../stack/state.ts';

/**
 * The name that is written down with every action, unless `--by` gives another. In a container a user id may
 * have none.
 */
export function me(): string {
  try {
    return os.userInfo().username;
  } catch {
    return process.env['USER'] || process.env['LOGNAME'] || `uid ${process.getuid?.()}`;
  }
}

/** `--compose`: the stack in containers, where another one runs too. */
export const WHICH_STACK = { compose: { type: 'boolean', default: false } } as const;

/** Calls to its services are an operator's from now on. */
export async function stackHere(tool: string, which: { compose: boolean }): Promise<StackState> {
  const state = await stackInUse(which);
  if (!state) throw new StackError(tool, 'no stack runs here. Start one: npm run stack -- up');
  carryTokens(state, 'operator');
  return state;
}

/** The service is down, or does not answer in time. */
export class NoAnswer extends StackError {
  constructor(url: string, error: Error) {
    const why = error.cause instanceof Error ? error.cause.message : error.message;
    super(new URL(url).host, `no answer (${why}). What runs: npm run stack -- status`);
  }
}

/** Whatever the answer says. Throws NoAnswer. */
export const answerOf = <T>(url: string, init?: RequestInit): Promise<Answer<T>> =>
  call<T>(url, init).catch((error: Error) => {
    throw new NoAnswer(url, error);
  });

/** The answer's body; a refusal becomes its own words. Throws NoAnswer. */
export async function ask<T>(url: string, init?: RequestInit): Promise<T> {
  type Body = T & { detail?: string; errors?: { field: string; message: string }[] };
  const { status, body } = await answerOf<Body>(url, init);
  if (status < 400) return body;
  const fields = (body.errors ?? []).map(({ field, message }) => `${field} ${message}`).join('; ');
  throw new StackError(`refused (${status})`, [body.detail, fields].filter(Boolean).join(' '));
}
