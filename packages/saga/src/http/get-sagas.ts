import type { Granted } from '@sagakit/service-kit/http/auth/access';
import { type Endpoint, endpoint } from '@sagakit/service-kit/http/endpoint';
import { paged } from '@sagakit/service-kit/http/paged';
import { Problem } from '@sagakit/service-kit/http/problem';
import { z } from 'zod';
import { describeStep } from '../describe.ts';
import type { SagaReads, StoredSaga } from '../reads.ts';
import type { Definitions } from '../release.ts';
import type { SagaState, StepRecord } from '../state.ts';
import { ofSubject, paramsOf } from './subject.ts';

const Status = z.enum(['running', 'compensating', 'completed', 'compensated', 'needs-attention']);

export function getSagas(reads: SagaReads, definitions: Definitions, access: Granted): Endpoint[] {
  return [getSaga(reads, definitions, access), listSagas(reads, definitions, access)];
}

function getSaga(reads: SagaReads, definitions: Definitions, access: Granted): Endpoint {
  const { field, one, kind } = ofSubject(definitions.subject);
  return endpoint({
    method: 'get',
    path: `/sagas/:${field}`,
    summary: `${one.charAt(0).toUpperCase()}${one.slice(1)}'s newest saga; older ones in \`earlier\``,
    access,
    inputs: { params: paramsOf(definitions.subject) },
    responses: { 200: 'The saga, step by step', 404: `No saga of that ${kind}` },
    async handle({ params: { key } }) {
      const [saga, now] = await Promise.all([reads.findSaga(key), reads.now()]);
      if (!saga) throw new Problem(404, `There is no saga of ${one} ${key}.`);
      const actions = await reads.listActions(key);
      return {
        status: 200,
        body: {
          ...view(saga, definitions, now),
          actions: actions.map(({ at, ...action }) => ({ at: at.toISOString(), ...action })),
        },
      };
    },
  });
}

function listSagas(reads: SagaReads, definitions: Definitions, access: Granted): Endpoint {
  const { field, id, kind } = ofSubject(definitions.subject);
  const bySubject = paged(z.object({ [field]: id }));
  return endpoint({
    method: 'get',
    path: '/sagas',
    summary: `Sagas, by ${kind}, the oldest first`,
    access,
    inputs: {
      query: z.object({
        ...bySubject.query,
        status: Status.optional(),
        overdue: z.stringbool().optional(),
      }),
    },
    responses: { 200: '{items, nextCursor?}', 400: 'A filter does not fit' },
    async handle({ query: { status, overdue, ...asked } }) {
      const now = await reads.now();
      const overdueAt = overdue ? now : undefined;
      const body = await bySubject.page(
        asked,
        ({ limit, after }) => reads.listSagas({ status, overdueAt, limit, after: after?.[field] }),
        (saga) => view(saga, definitions, now),
        ({ state }) => ({ [field]: state.subject }),
      );
      return { status: 200, body };
    },
  });
}

function view(saga: StoredSaga, definitions: Definitions, now: Date): object {
  const { state, earlier, sagaId, correlationId, deadlineAt, updatedAt } = saga;
  return {
    ...viewOf(state, definitions),
    sagaId,
    correlationId,
    overdue: deadlineAt !== null && deadlineAt < now,
    ...(deadlineAt === null ? {} : { deadline: deadlineAt.toISOString() }),
    updatedAt: updatedAt.toISOString(),
    earlier: earlier.map((state) => viewOf(state, definitions)),
  };
}

/** Without `data`: a saga may know secrets, and nobody needs to read them here. */
function viewOf(saga: SagaState, definitions: Definitions) {
  const { subject, name, version, status, steps, startedAt } = saga;
  return {
    [definitions.subject.field]: subject,
    saga: name,
    version,
    status,
    ...('why' in saga ? { why: saga.why } : {}),
    ...('waiting' in saga ? { waiting: saga.waiting } : {}),
    steps: steps.map((step) => ({ ...step, ...commandsOf(saga, step, definitions) })),
    startedAt,
    ...('endedAt' in saga ? { endedAt: saga.endedAt } : {}),
  };
}

/** Which commands the step and its undo send; nothing where this release does not have the saga's version. */
function commandsOf(saga: SagaState, { name, undo }: StepRecord, definitions: Definitions): object {
  const step = definitions.all
    .find((definition) => definition.name === saga.name && definition.version === saga.version)
    ?.steps.find((candidate) => candidate.name === name);
  if (!step) return {};
  // An ended saga has forgotten some of its data: what is sent is asked of the definition alone.
  const { command, undo: undoing } = describeStep(step);
  return { command, ...(undo && undoing ? { undo: { ...undo, command: undoing.command } } : {}) };
}
