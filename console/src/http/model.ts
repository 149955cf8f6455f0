/** The read model: how far it is, building it again, comparing, switching back. */
import { MAY_OPERATE } from '@order-saga/contracts/access';
import { Problem } from '@sagakit/service-kit/http/problem';
import { z } from 'zod';
import { Comparison, Model, Reading } from '../api-model.ts';
import type { ReadModel } from '../store/model.ts';
import type { NotCompared } from '../store/rebuild.ts';
import type { Telemetry } from '../telemetry/intake.ts';
import { answering, type ConsoleEndpoint } from './answers.ts';

const Done = z.object({ done: z.string(), generation: z.int().optional() });

const NOT_COMPARED: Readonly<Record<NotCompared, string>> = {
  alone: 'There is one generation only; build another first.',
  building: 'A generation is being built; it is compared as soon as it has read all.',
};

export const modelEndpoints = (
  model: ReadModel,
  telemetry: Pick<Telemetry, 'describe'>,
): ConsoleEndpoint[] => [
  answering(Model, {
    method: 'get',
    path: '/api/model',
    summary: 'Generations, how far they have read, how large they are; a rebuild and its verdict',
    inputs: {},
    responses: { 200: 'The model' },
    handle: async () => ({ status: 200, body: { ...(await model.describe()), spans: telemetry.describe() } }),
  }),
  answering(Reading, {
    method: 'get',
    path: '/api/model/reading',
    summary: 'How far behind it is: to be asked often, it costs no query',
    inputs: {},
    responses: { 200: 'As it stands' },
    handle: async () => ({ status: 200, body: model.reading() }),
  }),
  answering(Done, {
    method: 'post',
    path: '/api/model/rebuild',
    access: MAY_OPERATE,
    summary:
      'Builds another generation beside the one that is shown, compares, and switches if they are equal',
    inputs: { body: z.object({ force: z.boolean().default(false) }).default({ force: false }) },
    responses: { 202: 'It begins; see GET /api/model', 409: 'One is being built already' },
    async handle({ body }) {
      if (await model.rebuild(body)) return { status: 202, body: { done: 'a generation is being built' } };
      throw new Problem(409, 'A generation is being built already.');
    },
  }),
  answering(Comparison, {
    method: 'post',
    path: '/api/model/compare',
    access: MAY_OPERATE,
    summary: 'Stops the two newest generations at the same offsets for an instant, and compares them',
    inputs: {},
    responses: { 200: 'The comparison', 409: 'There is only one, or another is being built' },
    async handle() {
      const comparison = await model.compare();
      if (typeof comparison === 'string') throw new Problem(409, NOT_COMPARED[comparison]);
      return { status: 200, body: comparison };
    },
  }),
  answering(Done, {
    method: 'post',
    path: '/api/model/switch-back',
    access: MAY_OPERATE,
    summary: 'Shows the generation that was shown before',
    inputs: {},
    responses: { 200: 'It is shown', 409: 'There is none any more' },
    async handle() {
      const generation = await model.switchBack();
      if (generation === undefined) throw new Problem(409, 'There is no generation to switch back to.');
      return { status: 200, body: { done: 'the generation before is shown', generation } };
    },
  }),
];
