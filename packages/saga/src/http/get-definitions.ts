import type { Granted } from '@sagakit/service-kit/http/auth/access';
import { type Endpoint, endpoint } from '@sagakit/service-kit/http/endpoint';
import { describe } from '../describe.ts';
import type { Definitions } from '../release.ts';

/** @param sourceFileOf where the saga of that name is written down, from the root of the repository */
export function getDefinitions(
  { all }: Pick<Definitions, 'all'>,
  sourceFileOf: (name: string) => string,
  access: Granted,
): Endpoint {
  const items = all.map((definition) => ({
    ...describe(definition),
    sourceFile: sourceFileOf(definition.name),
  }));
  return endpoint({
    method: 'get',
    path: '/definitions',
    summary:
      'The sagas that this release runs, as data: steps, commands, replies, undo, point of no return, deadlines',
    access,
    inputs: {},
    responses: { 200: '{items}' },
    handle: async () => ({ status: 200, body: { items } }),
  });
}
