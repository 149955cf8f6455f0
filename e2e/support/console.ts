/** The console's stories, and what they must agree with. */
import { catalogue } from '@order-saga/contracts/catalogue';
import { CONSOLE } from '@order-saga/contracts/system';
import type { SagaView, Shop } from '@order-saga/tools/shop/client';
import { Story } from '../../console/src/api.ts';
import { readToEnd } from '../../tools/checker/read-to-end.ts';
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
  const topics = [...catalogue.topics.keys()].filter((topic) => !topic.endsWith('.dlq'));
  const seen = new Set<string>();
  await readToEnd(kafkaOf(state, 'e2e'), topics, ({ message }) => {
    if (message?.correlationid === correlationId) seen.add(`${message.source} ${message.id}`);
  });
  return [...seen].sort();
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
