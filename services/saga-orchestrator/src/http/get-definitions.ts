import { describe } from '@sagakit/saga/describe';
import type { Definitions } from '@sagakit/saga/release';
import { type Endpoint, endpoint } from '@sagakit/service-kit/http/endpoint';

/** Each saga stands in a file of its name. */
const sourceFileOf = (name: string) => `services/saga-orchestrator/src/sagas/${name}.saga.ts`;

export function getDefinitions({ all }: Pick<Definitions, 'all'>): Endpoint {
  const items = all.map((definition) => ({ ...describe(definition), sourceFile: sourceFileOf(definition.name) }));
  return endpoint({
    method: 'get',
    path: '/definitions',
    summary: 'The sagas that this release runs, as data: steps, commands, replies, undo, point of no return, deadlines',
    inputs: {},
    answers: { 200: '{items}' },
    handle: async () => ({ status: 200, body: { items } }),
  });
}
