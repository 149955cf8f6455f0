/**
 * What must not compile where calls are declared: `tsc` (npm run check) fails if a line below
 * `@ts-expect-error` ever compiles. Beside each stands one that must.
 */
import type { OperatorAccess } from '../src/http/auth/access.ts';
import { type Endpoint, endpoint } from '../src/http/endpoint.ts';

const call = {
  method: 'get',
  path: '/bookings',
  summary: '',
  inputs: {},
  responses: {},
  handle: async () => ({ status: 200, body: {} }),
} as const;

export const calls = (): Endpoint[] => [
  endpoint({ ...call, access: 'open' }),
  endpoint({ ...call, access: { any: ['desk'] } }),
  endpoint({ ...call, access: { any: ['desk'], own: 'guest' } }),
  // @ts-expect-error who may make the call is not said
  endpoint(call),
  // @ts-expect-error nor here
  call,
  // @ts-expect-error no scope at all would let nobody in
  endpoint({ ...call, access: { any: [] } }),
  // @ts-expect-error a misspelt word
  endpoint({ ...call, access: 'opne' }),
];

export const operators = (): OperatorAccess[] => [
  { look: { any: ['desk'] }, act: { any: ['desk'] }, unmasked: 'privacy' },
  // @ts-expect-error who sees what is personal is not said
  { look: { any: ['desk'] }, act: { any: ['desk'] } },
  // @ts-expect-error who may act is not said
  { look: { any: ['desk'] }, unmasked: 'privacy' },
  // @ts-expect-error what operators do is open to nobody
  { look: { any: ['desk'] }, act: 'open', unmasked: 'privacy' },
];
