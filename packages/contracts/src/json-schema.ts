import { z } from 'zod';
import { dataSchemaOf, type MessageDefinition } from './message.ts';

/** JSON Schema (2020-12) of a message's data, for readers in other languages. */
export function jsonSchemaOf(definition: MessageDefinition): object {
  const schema = z.toJSONSchema(definition.schema, { io: 'input', unrepresentable: 'any' });
  return { $id: dataSchemaOf(definition), title: definition.type, ...schema };
}
