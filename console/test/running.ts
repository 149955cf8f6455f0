/** A console on a real Kafka and a database of its own, and stories to put into the topics. */
import { after, before } from 'node:test';
import { catalogue } from '@order-saga/contracts/catalogue';
import { createTopics } from '@sagakit/kafka/admin/topics';
import { createSender } from '@sagakit/kafka/kafkajs/producer';
import type { RecordSender } from '@sagakit/kafka/port';
import { quiet } from '@sagakit/resilience/log';
import type { RunningService } from '@sagakit/service-kit/service';
import { connectedTo } from '@sagakit/testing/connected';
import { eventually } from '@sagakit/testing/eventually';
import { freshDatabase, kafkaAs, kafkaSettings } from '@sagakit/testing/infrastructure';
import type { Story } from '../src/api.ts';
import { startConsole } from '../src/app.ts';
import { type As, put, type Told } from './put.ts';
import { DEFINITIONS, type Script } from './simulate.ts';

type Console = { url: string; service: RunningService; stop(): Promise<void> };

export async function startedConsole(
  database: string,
  environment: NodeJS.ProcessEnv = {},
): Promise<Console> {
  const dead: Error[] = [];
  const service = await startConsole(
    {
      PORT: '0',
      SHUTDOWN_DELAY_MS: '0',
      AUTH: 'off',
      DATABASE_URL: database,
      ...kafkaSettings(),
      LOG_LEVEL: process.env['LOG_LEVEL'] ?? 'silent',
      ...environment,
    },
    { onDead: (error) => dead.push(error) },
  );
  const url = `http://127.0.0.1:${service.port}`;
  await eventually('the console is ready', async () => {
    if (dead[0]) throw dead[0];
    const { status } = await fetch(`${url}/health/ready`);
    return status === 200;
  });
  return { url, service, stop: () => service.stop(new AbortController().signal) };
}

async function sender(prefix?: string): Promise<RecordSender> {
  const connection = { ...kafkaAs('console-test'), prefix };
  await createTopics(connection, catalogue.topics, quiet);
  return createSender(connection, quiet);
}

/** For a console that runs elsewhere. */
export async function storyTeller() {
  const to = await sender();
  return { put: (script: Script) => put(to, script), stop: () => to.stop() };
}

export const declined: Script = (command) => (command === 'ProcessPayment' ? 'no' : 'yes');
export const good: Script = () => 'yes';

/** What a fresh database knows of the sagas, while no orchestrator answers. */
const tellDefinitions = (url: string): Promise<void> =>
  connectedTo(url, async (client) => {
    for (const saga of DEFINITIONS)
      await client.query('insert into console.definition values ($1, $2, $3, now())', [
        saga.name,
        saga.version,
        saga,
      ]);
  });

/**
 * For the tests of one file: a console that knows the sagas, on a database of its own, and who writes to its
 * topics. Both are gone after the tests.
 *
 * @param prefix of topics of its own, for what no other test should meet
 */
export function consoleOfThisFile(prefix?: string) {
  let database: { url: string; drop(): Promise<void> };
  let one: Console;
  let to: RecordSender;

  const stop = () => one.stop();
  const start = async () => {
    one = await startedConsole(database.url, prefix === undefined ? {} : { KAFKA_PREFIX: prefix });
  };
  /** On a database that holds nothing yet. */
  async function startAnew(): Promise<void> {
    await start();
    await tellDefinitions(database.url);
    await stop();
    await start();
  }
  const get = (path: string, headers: Record<string, string> = {}) => fetch(`${one.url}${path}`, { headers });

  before(async () => {
    database = await freshDatabase();
    to = await sender(prefix);
    await startAnew();
  });
  after(async () => {
    await stop();
    await to.stop();
    await database.drop();
  });

  return {
    url: () => one.url,
    databaseUrl: () => database.url,
    sender: () => to,
    stop,
    start,
    startAnew,
    put: (script: Script, as?: As) => put(to, script, as),
    get,
    json: async (path: string): Promise<unknown> => (await get(path)).json(),
    post: (path: string, body?: object) =>
      fetch(`${one.url}${path}`, {
        method: 'POST',
        ...(body ? { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) } : {}),
      }),
    /** Once all of its messages are there. */
    whole: (told: Told) =>
      eventually('all of the story is there', async () => {
        const response = await get(`/api/stories/${told.story}?wait=2000`);
        const body = (await response.json()) as Story;
        return response.status === 200 && body.more.messages === told.ids.length && body;
      }),
  };
}
