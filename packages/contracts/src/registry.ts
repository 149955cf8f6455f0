/** Every message of the system, by type. */
import * as inventory from './inventory.ts';
import type { MessageDefinition } from './message.ts';
import * as notification from './notification.ts';
import * as order from './order.ts';
import * as payment from './payment.ts';
import * as saga from './saga.ts';

const isDefinition = (value: unknown): value is MessageDefinition =>
  typeof value === 'function' && 'subjectOf' in value && 'topic' in value;

export const DEFINITIONS: ReadonlyMap<string, MessageDefinition> = new Map(
  [order, inventory, payment, notification, saga]
    .flatMap((owner) => Object.values(owner as Record<string, unknown>))
    .filter(isDefinition)
    .map((definition) => [definition.type, definition]),
);

export function definitionOf(type: string): MessageDefinition {
  const definition = DEFINITIONS.get(type);
  if (!definition) throw new Error(`no message "${type}" in packages/contracts`);
  return definition;
}
