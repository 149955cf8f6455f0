/** The three stories that a newcomer sees first, and how each must end. */
import type { OrderView } from '../shop/client.ts';

export type Story = {
  title: string;
  sku: string;
  /** `more than there is`: one piece more than is available. */
  quantity: number | 'more than there is';
  token: string;
  expected: Pick<OrderView, 'status' | 'reason'>;
};

export const STORIES: readonly Story[] = [
  {
    title: 'a good card',
    sku: 'SKU-0001',
    quantity: 2,
    token: 'tok_visa',
    expected: { status: 'CONFIRMED' },
  },
  {
    title: 'a card that is declined',
    sku: 'SKU-0012',
    quantity: 1,
    token: 'tok_declined',
    expected: { status: 'REJECTED', reason: 'payment-declined' },
  },
  {
    title: 'more than there is',
    sku: 'SKU-0100',
    quantity: 'more than there is',
    token: 'tok_visa',
    expected: { status: 'REJECTED', reason: 'out-of-stock' },
  },
];
