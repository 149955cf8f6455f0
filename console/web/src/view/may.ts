/** Why whoever is signed in may not do what a button would do, in words; undefined: they may. */
import type { SessionNow } from '@order-saga/console/api';

/** Undefined: not known yet. Then the answer says it. */
export type Who = Pick<SessionNow, 'as' | 'orders' | 'people'> | undefined;

const THERE = 'in the list of accounts at the top of the page';

/** Of a refusal that came as an answer. */
export const ANOTHER_ACCOUNT = `Choose another account ${THERE}, or sign in as one who may.`;

export function whyNotOrder(who: Who): string | undefined {
  if (who?.orders !== 'none') return undefined;
  return `${mayNot(who, 'place')} ${others(who, 'An operator or a customer may')}`;
}

/** @param customerId whose order it is, if it is known */
export function whyNotCancel(who: Who, customerId: string | undefined): string | undefined {
  if (!who || who.orders === 'any') return undefined;
  if (who.orders === 'none')
    return `${mayNot(who, 'cancel')} ${others(who, 'An operator may, or the customer whose order it is')}`;
  if (customerId === undefined || customerId === who.as) return undefined;
  return `This is an order of ${customerId}; ${who.as} may cancel their own. ${others(who, 'An operator may, or that customer')}`;
}

const mayNot = ({ as }: NonNullable<Who>, verb: string): string =>
  as === undefined ? `Nobody is signed in, so nobody may ${verb} orders.` : `${as} may not ${verb} orders.`;

/** Where the demo offers nobody, the identity provider asks whoever opens the page. */
function others({ as, people }: NonNullable<Who>, may: string): string {
  if (people.length > 0) return `${may}: choose one ${THERE}.`;
  return as === undefined ? 'Open the page again to sign in.' : `${may}.`;
}
