/** `npm run schemas`: writes the JSON Schema of every message to packages/contracts/schemas. */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { jsonSchemaOf } from '@order-saga/contracts/json-schema';
import { DEFINITIONS } from '@order-saga/contracts/registry';
import { ROOT } from './stack/state.ts';

const folder = path.join(ROOT, 'packages/contracts/schemas');
mkdirSync(folder, { recursive: true });
for (const definition of DEFINITIONS.values()) {
  writeFileSync(path.join(folder, `${definition.type}.json`), `${JSON.stringify(jsonSchemaOf(definition), null, 2)}\n`);
}
console.log(`${DEFINITIONS.size} schemas in packages/contracts/schemas`);
