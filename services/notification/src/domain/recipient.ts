/**
 * Whom to tell about an order, and what was told. The contact and the outcome come in either order, on topics
 * of their own: what comes first waits. Pure; the mail is an effect.
 */
import { NotificationKind, NotificationSent } from '@order-saga/contracts/notification';
import type {
  ContactProvided,
  OrderCancelled,
  OrderConfirmed,
  OrderRejected,
} from '@order-saga/contracts/order';
import type { OrderId } from '@order-saga/contracts/values';
import { personal } from '@sagakit/messages/personal';
import {
  causedBy,
  type Context,
  type DataOf,
  type Decision,
  decide,
  ignore,
  type ResultOf,
} from '@sagakit/messaging/aggregate/decision';
import { effect } from '@sagakit/messaging/effects/effect';
import { z } from 'zod';

export type Recipient =
  /** An outcome came before the contact. */
  | { status: 'awaited'; waiting: Outcome[] }
  /** One mail per outcome: `asked` is what was asked for, sent or not. */
  | { status: 'known'; email: string; name: string; asked: NotificationKind[] }
  /** Told nothing any more, and never known again. */
  | { status: 'erased'; asked: NotificationKind[] };

/** `cause`: the message that told it, in whose name the mail is sent later. */
type Outcome = { kind: NotificationKind; reason?: string; cause: Context['message'] };

export const mail = effect(
  'mail',
  z.object({
    kind: NotificationKind,
    to: personal(z.string()),
    name: personal(z.string()),
    reason: z.string().optional(),
  }),
  z.object({ kind: NotificationKind }),
  { resultType: 'MailSent' },
);
export type MailRequest = z.infer<typeof mail.request>;

type Known = Extract<Recipient, { status: 'known' }>;

const mailTo = ({ email: to, name }: Known, { kind, reason }: Pick<Outcome, 'kind' | 'reason'>) =>
  mail({ kind, to, name, ...(reason === undefined ? {} : { reason }) });

/** What the decision reads: ContactProvided, or an OrderPlaced of the release before, which has it too. */
type WithContact = Pick<DataOf<typeof ContactProvided>, 'contact'>;

export function rememberContact(
  recipient: Recipient | undefined,
  { contact: { email, name } }: WithContact,
): Decision<Recipient> {
  switch (recipient?.status) {
    case 'known':
      return ignore('contact-known-already');
    case 'erased':
      return ignore('contact-erased');
    case undefined:
      return decide<Recipient>({ status: 'known', email, name, asked: [] });
    case 'awaited': {
      const { waiting } = recipient;
      const known: Known = { status: 'known', email, name, asked: waiting.map(({ kind }) => kind) };
      const mails = waiting.map(({ cause, ...outcome }) => causedBy(cause, mailTo(known, outcome)));
      return decide<Recipient>(known, [], mails);
    }
  }
}

/** Mails that wait for the contact will not be written, and none that comes later. */
export function forgetContact(recipient: Recipient | undefined): Decision<Recipient> {
  // What takes back comes after what it takes back, on one partition: then there never was anything.
  if (!recipient) return ignore('no-contact');
  if (recipient.status === 'erased') return ignore('contact-erased-already');
  return decide<Recipient>({ status: 'erased', asked: recipient.status === 'known' ? recipient.asked : [] });
}

function tell(
  recipient: Recipient | undefined,
  outcome: Pick<Outcome, 'kind' | 'reason'>,
  { message: cause }: Context<OrderId>,
): Decision<Recipient> {
  const { kind } = outcome;
  switch (recipient?.status) {
    case 'erased':
      return ignore('contact-erased');
    case 'known': {
      if (recipient.asked.includes(kind)) return ignore('told-already');
      const asked = [...recipient.asked, kind];
      return decide<Recipient>({ ...recipient, asked }, [], [mailTo(recipient, outcome)]);
    }
    case undefined:
    case 'awaited': {
      const waiting = recipient?.waiting ?? [];
      if (waiting.some((other) => other.kind === kind)) return ignore('waits-already');
      return decide<Recipient>({ status: 'awaited', waiting: [...waiting, { ...outcome, cause }] });
    }
  }
}

export const tellConfirmed = (
  recipient: Recipient | undefined,
  _: DataOf<typeof OrderConfirmed>,
  context: Context<OrderId>,
) => tell(recipient, { kind: 'order-confirmed' }, context);

export const tellRejected = (
  recipient: Recipient | undefined,
  { reason }: DataOf<typeof OrderRejected>,
  context: Context<OrderId>,
) => tell(recipient, { kind: 'order-rejected', reason }, context);

export const tellCancelled = (
  recipient: Recipient | undefined,
  _: DataOf<typeof OrderCancelled>,
  context: Context<OrderId>,
) => tell(recipient, { kind: 'order-cancelled' }, context);

/** The mail server took it. */
export function mailSent(
  recipient: Recipient | undefined,
  { kind }: ResultOf<typeof mail>,
  { subject: orderId }: Context<OrderId>,
): Decision<Recipient> {
  if (!recipient) return ignore('no-contact');
  return decide<Recipient>(recipient, [NotificationSent({ orderId, kind })]);
}
