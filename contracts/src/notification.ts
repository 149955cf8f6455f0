/** The messages that the notification service owns. */
import { z } from 'zod';
import { event } from '@sagakit/messages/define';
import { OrderId } from './values.ts';

export const NotificationKind = z.enum(['order-confirmed', 'order-rejected', 'order-cancelled']);
export type NotificationKind = z.infer<typeof NotificationKind>;

export const NotificationSent = event(
  'NotificationSent',
  'notification.events',
  z.object({ orderId: OrderId, kind: NotificationKind }),
  (data) => data.orderId,
);
