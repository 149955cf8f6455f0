import { decodeCursor, type Endpoint, endpoint, pageOf, Paging } from '@sagakit/service-kit/http/endpoint';
import { AnOrderId } from '@order-saga/contracts/values';
import { Problem } from '@sagakit/service-kit/http/problem';
import { z } from 'zod';
import type { Definitions } from '@sagakit/saga/release';
import { fromStored, type StoredState } from '@sagakit/saga/runner/stored-state';
import type { SagaState, StepRecord } from '@sagakit/saga/state';
import type { Reads, Saga } from '../storage/reads.ts';

const Status = z.enum(['running', 'compensating', 'completed', 'compensated', 'needs-attention']);

export function getSagas(reads: Reads, definitions: Definitions): Endpoint[] {
  return [
    endpoint({
      method: 'get',
      path: '/sagas/:orderId',
      summary: "An order's newest saga; older ones in `earlier`",
      inputs: { params: z.object({ orderId: AnOrderId }) },
      answers: { 200: 'The saga, step by step', 404: 'No saga of that order' },
      async handle({ params }) {
        const [saga, now] = await Promise.all([reads.findSaga(params.orderId), reads.now()]);
        if (!saga) throw new Problem(404, `There is no saga of an order ${params.orderId}.`);
        const actions = await reads.listActions(params.orderId);
        return {
          status: 200,
          body: {
            ...view(saga, definitions, now),
            actions: actions.map(({ at, by, action, text, outcome }) => ({ at: at.toISOString(), by, action, text, outcome })),
          },
        };
      },
    }),
    endpoint({
      method: 'get',
      path: '/sagas',
      summary: 'Sagas, by order, those of the oldest orders first',
      inputs: { query: z.object({ ...Paging, status: Status.optional(), overdue: z.stringbool().optional() }) },
      answers: { 200: '{items, nextCursor?}', 400: 'A filter does not fit' },
      async handle({ query }) {
        const after = decodeCursor(z.object({ orderId: AnOrderId }), query.cursor)?.orderId;
        const now = await reads.now();
        const overdueAt = query.overdue ? now : undefined;
        const found = await reads.listSagas({ status: query.status, overdueAt, limit: query.limit + 1, after });
        const { items, ...next } = pageOf(found, query.limit, ({ orderId }) => ({ orderId }));
        return { status: 200, body: { items: items.map((saga) => view(saga, definitions, now)), ...next } };
      },
    }),
  ];
}

function view(row: Saga, definitions: Definitions, now: Date): object {
  const earlier = (row.earlier as StoredState[]).map((saga) => fromStored(saga, definitions.subject));
  return {
    ...viewOf(fromStored(row.state as StoredState, definitions.subject), definitions),
    sagaId: row.sagaId,
    correlationId: row.correlationId,
    overdue: row.deadlineAt !== null && row.deadlineAt < now,
    ...(row.deadlineAt === null ? {} : { deadline: row.deadlineAt.toISOString() }),
    updatedAt: row.updatedAt.toISOString(),
    earlier: earlier.map((saga) => viewOf(saga, definitions)),
  };
}

/** Without `data`: a saga knows the card token, and nobody needs to read it here. */
function viewOf(saga: SagaState, definitions: Definitions) {
  const { subject: orderId, name, version, status, steps, startedAt } = saga;
  return {
    orderId,
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
function commandsOf({ data, ...saga }: SagaState, { name, undo }: StepRecord, definitions: Definitions): object {
  const step = definitions.all
    .find((definition) => definition.name === saga.name && definition.version === saga.version)
    ?.steps.find((candidate) => candidate.name === name);
  if (!step) return {};
  return {
    command: step.send(data).type,
    ...(undo && typeof step.undo === 'function' ? { undo: { ...undo, command: step.undo(data).type } } : {}),
  };
}
