/**
 * Mails that were sent. By SMTP nobody takes one back; the demo's mail servers have a call for it, which goes
 * by the mails' Message-ID: it has the order in it, and says nothing of anybody.
 */
import { answerOf } from '../operator/ask.ts';
import { StackError } from '../stack/stack-error.ts';
import type { StackState } from '../stack/state.ts';
import { ordersOf } from './held.ts';

/**
 * Those about the customer's orders that were placed up to then.
 *
 * @returns about how many orders; undefined: this stack has no mail server of its own
 */
export async function forgetMails(
  state: StackState,
  customerId: string,
  until: Date,
): Promise<number | undefined> {
  const mail = state.components.find(({ name }) => name === 'mail')?.url;
  if (!mail) return undefined;
  let forgotten = 0;
  for await (const { orderId, placedAt } of ordersOf(state, customerId)) {
    if (new Date(placedAt) > until) continue;
    const query = new URLSearchParams({ query: `message-id:${orderId}` });
    const { status } = await answerOf(`${mail}/api/v1/search?${query}`, { method: 'DELETE' });
    if (status !== 200) throw new StackError('mail', `the mail server forgets nothing (${status})`);
    forgotten++;
  }
  return forgotten;
}
