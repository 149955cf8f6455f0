/** Orders that are placed beside the page, with all of their spans, and what is known of them. */
import { sampledTraceparent } from '@order-saga/tools/shop/client';
import { tailTopics } from '@sagakit/kafka/admin/tail';
import { sendRecords } from '@sagakit/kafka/kafkajs/send';
import type { Envelope } from '@sagakit/messages/envelope';
import { quiet } from '@sagakit/resilience/log';
import type { Page } from '@playwright/test';
import type { Story } from '../../../console/src/api.ts';
import { kafkaOf, urlOf } from '../../../tools/stack/state.ts';
import { eventually, orderBody, shop, someSku, stack } from '../../support/story.ts';

export type Order = { orderId: string; correlationId: string };

export const consoleUrl = () => urlOf(stack(), 'console');
const connection = () => kafkaOf(stack(), 'browser-stories');

/** A stack samples one order of a hundred; these are sampled where they begin. */
export async function placed(token = 'tok_visa'): Promise<Order> {
  const body = orderBody([{ sku: someSku(), quantity: 1 }], token);
  return shop.placed(body, { traceparent: sampledTraceparent() });
}

/**
 * One whose payment is never answered, placed in the page, which shows its story at once: it waits no longer
 * than a step may take, and a page may need as long to be opened.
 */
export async function placedInPage(page: Page): Promise<Order> {
  await page.goto('/');
  await page.getByRole('button', { name: /^A silent provider/ }).click();
  await page.waitForURL(/\/stories\/[\w-]{36}$/);
  const correlationId = new URL(page.url()).pathname.slice('/stories/'.length);
  const orderId = await eventually(
    'its story has begun',
    async () => (await storyOf({ correlationId })).orderId,
  );
  return { correlationId, orderId };
}

export async function storyOf({ correlationId }: Pick<Order, 'correlationId'>): Promise<Story> {
  const answer = await fetch(`${consoleUrl()}/api/stories/${correlationId}?wait=5000`);
  if (!answer.ok) throw new Error(`${correlationId}: ${answer.status}`);
  return (await answer.json()) as Story;
}

/** The story of an order to whose end all has been said. */
export async function ended(token?: string): Promise<Story & Order> {
  const order = await placed(token);
  const story = await eventually('the story has ended', async () => {
    const now = await storyOf(order);
    return now.ended && now;
  });
  return { ...story, ...order };
}

/** What lies in a topic about an order. */
export async function messageOf(topic: string, type: string, orderId: string): Promise<Envelope> {
  const seen: Envelope[] = [];
  const tail = await tailTopics(connection(), {
    topics: [topic],
    fromBeginning: true,
    onMessage: ({ message }) => void (message && seen.push(message)),
    log: quiet,
  });
  const found = () => seen.find((message) => message.type === type && message.subject === orderId);
  return eventually(`${type} is in ${topic}`, found).finally(() => tail.stop());
}

/** Puts a message into a topic, beside who owns it. */
export const write = (topic: string, message: Envelope) =>
  sendRecords(connection(), [{ topic, key: message.subject, value: JSON.stringify(message), headers: {} }]);
