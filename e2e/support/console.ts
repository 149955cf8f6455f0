/** The console's stories, and what they must agree with. */
import { catalogue } from '@order-saga/contracts/catalogue';
import { CONSOLE } from '@order-saga/contracts/system';
import type { SagaView, Shop } from '@order-saga/tools/shop/client';
import { type Tailed, tailTopics } from '@sagakit/kafka/admin/tail';
import { quiet } from '@sagakit/resilience/log';
import { Story } from '../../console/src/api.ts';
import { kafkaOf, type StackState, urlOf } from '../../tools/stack/state.ts';
import { eventually, expect } from './story.ts';

export const storyIn = async (state: StackState, correlationId: string, waitMs = 5_000): Promise<Story> => {
  const url = `${urlOf(state, CONSOLE.name)}/api/stories/${correlationId}?wait=${waitMs}`;
  const response = await fetch(url);
  if (response.status !== 200) throw new Error(`${url}: ${response.status}`);
  return Story.parse(await response.json());
};

/** Once nothing more is expected of it. */
export const endedStory = (state: StackState, correlationId: string): Promise<Story> =>
  eventually(
    'its story has ended',
    async () => {
      const story = await storyIn(state, correlationId);
      return story.ended && story;
    },
    { withinMs: 60_000 },
  );

/** All that is in the topics of a story, read beside everybody. */
export async function inTopics(state: StackState, correlationId: string): Promise<string[]> {
  const seen = new Map<string, Tailed>();
  const reached = new Map<string, bigint>();
  const tail = await tailTopics(kafkaOf(state, 'e2e'), {
    topics: [...catalogue.topics.keys()].filter((topic) => !topic.endsWith('.dlq')),
    fromBeginning: true,
    onMessage: (tailed) => {
      if (tailed.message?.correlationid !== correlationId) return;
      seen.set(`${tailed.message.source} ${tailed.message.id}`, tailed);
    },
    onReached: (place, next) => reached.set(place, next),
    log: quiet,
  });
  let before = -1;
  await eventually(
    'nothing more comes',
    () => {
      const sum = [...reached.values()].reduce((total, next) => total + Number(next), 0);
      const isStill = sum === before;
      before = sum;
      return isStill && seen.size > 0;
    },
    { everyMs: 500 },
  );
  await tail.stop();
  return [...seen.keys()].sort();
}

/** Every message of the topics is there, with its cause before it. */
export function expectCauses({ events }: Story): void {
  const place = new Map(
    events.flatMap(({ id, repeats }, at) => [id, ...(repeats?.ids ?? [])].map((one) => [one, at] as const)),
  );
  const roots = events.filter(({ causationId }) => causationId === undefined).map(({ type }) => type);
  expect(roots.filter((type) => !/^Order(Placed|CancellationRequested)$/.test(type))).toEqual([]);
  for (const [at, { causationId, id }] of events.entries()) {
    if (causationId === undefined) continue;
    expect(place.has(causationId), `the cause of ${id} is there`).toBe(true);
    expect(place.get(causationId)).toBeLessThanOrEqual(at);
  }
}

type ToldSteps = [name: string, status: string, attempts: number, answer: string | undefined][];
const sent = ({ steps }: Story['sagas'][number]): ToldSteps =>
  steps
    .filter(({ status }) => status !== 'never-sent')
    .map((step) => [step.name, step.status, step.do.attempts, step.do.answer]);
const undos = (steps: readonly { undo?: { attempts: number } | undefined }[]) =>
  steps.map(({ undo }) => undo?.attempts ?? 0);

/** As `GET /sagas/{orderId}` says, saga by saga; and what was never sent is there too. */
export async function expectSteps(shop: Shop, orderId: string, { sagas }: Story): Promise<void> {
  const now: SagaView = await shop.saga(orderId);
  // Those before it stand in `earlier`, the newest saga is the answer itself.
  const said = [...now.earlier, now];
  expect(sagas.map(({ name, status }) => [name, status])).toEqual(
    said.map(({ saga, status }) => [saga, status]),
  );
  for (const [place, saga] of sagas.entries()) {
    const { steps } = said[place] as SagaView;
    const own = steps.filter(({ name }) => saga.steps.some((step) => step.name === name));
    expect(sent(saga)).toEqual(
      own.map(({ name, status, attempts, answer }) => [name, status, attempts, answer]),
    );
    const sentSteps = saga.steps.filter(({ status }) => status !== 'never-sent');
    expect(undos(sentSteps)).toEqual(undos(own));
    expect(saga.definition).toBe('known');
    expect(saga.sourceFile).toMatch(/\.saga\.ts$/);
  }
  expect(sagas[0]?.steps.map(({ name }) => name)).toEqual([
    'reserve-inventory',
    'process-payment',
    'confirm-order',
    'commit-inventory',
  ]);
}
