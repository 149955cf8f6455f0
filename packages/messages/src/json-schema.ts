import { z } from 'zod';
import { type Catalogue, dataSchemaOf } from './catalogue.ts';
import type { MessageDefinition } from './define.ts';

/** JSON Schema (2020-12) of a message's data, for readers in other languages. */
export function jsonSchemaOf(catalogue: Pick<Catalogue, 'schemas'>, definition: MessageDefinition): object {
  const schema = z.toJSONSchema(definition.schema, { io: 'input', unrepresentable: 'any' });
  return { $id: dataSchemaOf(catalogue, definition), title: definition.type, ...schema };
}
