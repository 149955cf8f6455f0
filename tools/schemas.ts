/** `npm run schemas`: writes the JSON Schema of every message to contracts/schemas. */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { jsonSchemaOf } from '@sagakit/messages/json-schema';
import { catalogue } from '@order-saga/contracts/catalogue';
import { commandLine, noMore } from './command-line.ts';
import { runTool } from './run-tool.ts';
import { ROOT } from './stack/state.ts';

const USAGE = `npm run schemas

Writes the JSON Schema of every message to contracts/schemas.`;

runTool(async () => {
  noMore('schemas', commandLine(USAGE, {}).positionals);
  const folder = path.join(ROOT, 'contracts/schemas');
  mkdirSync(folder, { recursive: true });
  for (const definition of catalogue.messages.values()) {
    writeFileSync(
      path.join(folder, `${definition.type}.json`),
      `${JSON.stringify(jsonSchemaOf(catalogue, definition), null, 2)}\n`,
    );
  }
  console.log(`${catalogue.messages.size} schemas in contracts/schemas`);
});
