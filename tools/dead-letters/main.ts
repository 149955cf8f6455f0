/** `npm run dead-letters -- VERB`: the operator's tool for parked messages, on the folder's running stack. */
import { setTimeout as delay } from 'node:timers/promises';
import { SERVICES, type ServiceName } from '@order-saga/contracts/system';
import { call } from '../shop/client.ts';
import { me, stackHere, WHICH_STACK } from '../operator/ask.ts';
import { StackError } from '../stack/stack-error.ts';
import { type StackState, urlOf } from '../stack/state.ts';
import {
  deadLettersOf,
  type Filters,
  type DeadLetter,
  type Outcome,
  type WholeDeadLetter,
} from './client.ts';
import { keyWords, oneLine } from './words.ts';
import { commandLine, noMore } from '../command-line.ts';
import { runTool } from '../run-tool.ts';

const USAGE = `npm run dead-letters -- VERB

  list                          parked messages of all services, oldest first; --limit (default 1000): the newest, if there are more
  show ID                       one message: what was received, why it is parked, what waits behind it, how its order stands
  replay ID...                  handle it again, and then what waits behind it; --dry-run: only say what would be decided
  discard ID... --reason "..."  give it up; what waits behind it is handled; --dry-run: only say which it would be
  replay|discard --all          all that the filters select, --rate a second (default 10), --limit in all (default 1000)

  filters (list, --all): --service S  --type T  --reason-is R  --key K  --correlation ID  --older-than MINUTES
  list shows what is still parked; --status replayed|discarded|all shows the rest

Every action is written down with --reason and the operator's name: the subject of the token that this stack's identity provider
gives to this tool; with AUTH=off your own (--by, else the one you are logged in with). Running it twice does no harm.`;

type Options = ReturnType<typeof readArguments>['values'];

function readArguments() {
  return commandLine(USAGE, {
    service: { type: 'string' },
    type: { type: 'string' },
    'reason-is': { type: 'string' },
    key: { type: 'string' },
    correlation: { type: 'string' },
    'older-than': { type: 'string' },
    status: { type: 'string', default: 'parked' },
    all: { type: 'boolean', default: false },
    rate: { type: 'string', default: '10' },
    limit: { type: 'string', default: '1000' },
    'dry-run': { type: 'boolean', default: false },
    reason: { type: 'string' },
    by: { type: 'string', default: me() },
    ...WHICH_STACK,
  });
}

function numberOf(name: string, value: string): number {
  const number = Number(value);
  if (!(number > 0)) throw new StackError(`--${name}`, `${value} is not a number above 0.`);
  return number;
}

function servicesOf({ service }: Options): readonly ServiceName[] {
  if (service === undefined) return SERVICES;
  const known = SERVICES.find((name) => name === service);
  if (!known) throw new StackError('--service', `there is no ${service}; there are ${SERVICES.join(', ')}.`);
  return [known];
}

function filtersOf(options: Options, status: string): Filters {
  const minutes =
    options['older-than'] === undefined ? undefined : numberOf('older-than', options['older-than']);
  const given = {
    status: status === 'all' ? undefined : status,
    type: options.type,
    reason: options['reason-is'],
    key: options.key,
    correlationId: options.correlation,
    parkedBefore: minutes === undefined ? undefined : new Date(Date.now() - minutes * 60_000).toISOString(),
  };
  return Object.fromEntries(
    Object.entries(given).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}

const count = (messages: number) => `${messages} ${messages === 1 ? 'message' : 'messages'}`;

function printDeadLetters(deadLetters: DeadLetter[], errorLength = 110): void {
  for (const { service, id, parkedAt, status, type, reason, attempts, key, error } of deadLetters) {
    const what = `${service.padEnd(17)} ${(type ?? '?').padEnd(18)} ${reason.padEnd(16)} ${attempts} x`;
    console.log(`${id}  ${parkedAt.slice(0, 19)}  ${what}${status === 'parked' ? '' : `  ${status}`}`);
    console.log(`  key ${keyWords(key)}: ${oneLine(error, errorLength)}`);
  }
}

function words(outcome: Outcome | undefined): string {
  if (!outcome) return '';
  if (outcome.result === 'ignored') return `nothing changes (${outcome.reason})`;
  const said = outcome.caused.map(({ type, data }) => `${type} ${oneLine(JSON.stringify(data), 100)}`);
  const called = outcome.calls.map((kind) => `a call: ${kind}`);
  return [...said, ...called].join('; ') || 'the state changes, nothing is said';
}

/** How the order stands that the message is about, if it is about one. */
async function story(state: StackState, { key }: WholeDeadLetter): Promise<string[]> {
  if (!key || !/^[0-9a-f-]{36}$/i.test(key)) return [];
  const look = <T>(url: string) => call<T>(url).catch(() => ({ status: 0, body: undefined as T }));
  const order = await look<{ status: string; reason?: string }>(`${urlOf(state, 'order')}/orders/${key}`);
  const saga = await look<{ saga: string; status: string; steps: { name: string; status: string }[] }>(
    `${urlOf(state, 'saga-orchestrator')}/sagas/${key}`,
  );
  const unknown = (what: string, status: number) =>
    status === 404 ? `no such ${what}` : `the ${what} cannot be asked for now`;
  return [
    order.status === 200
      ? `order ${order.body.status}${order.body.reason ? ` (${order.body.reason})` : ''}`
      : unknown('order', order.status),
    saga.status === 200
      ? `saga ${saga.body.saga} ${saga.body.status}: ${saga.body.steps.map((step) => `${step.name} ${step.status}`).join(', ')}`
      : unknown('saga', saga.status),
  ];
}

/** As text where it is, else in base64. */
function contentOf({ value, valueBase64 }: WholeDeadLetter['headers'][number]): string {
  if (value === null) return 'null';
  return Buffer.from(value).toString('base64') === valueBase64
    ? oneLine(value, 110)
    : `base64 ${valueBase64}`;
}

async function show(state: StackState, deadLetter: WholeDeadLetter): Promise<void> {
  printDeadLetters([deadLetter], Infinity);
  console.log(
    `  received on ${deadLetter.topic}, partition ${deadLetter.partition}, offset ${deadLetter.offset}`,
  );
  for (const header of deadLetter.headers)
    console.log(`  header ${oneLine(header.name, 40)}: ${contentOf(header)}`);
  if (deadLetter.waitsBehind) console.log(`  waits behind ${deadLetter.waitsBehind}`);
  if (deadLetter.behind > 0) console.log(`  ${deadLetter.behind} wait behind it`);
  for (const line of await story(state, deadLetter)) console.log(`  ${line}`);
  if (deadLetter.status === 'replayed') console.log(`  came of it: ${words(deadLetter.outcome)}`);
  for (const { at, by, action, reason, outcome } of deadLetter.actions) {
    console.log(`  ${at}  ${by}: ${action}${reason ? ` "${reason}"` : ''} -> ${outcome}`);
  }
  console.log(
    deadLetter.message
      ? JSON.stringify(deadLetter.message, null, 2)
      : `  value: ${deadLetter.value ?? 'none'}`,
  );
}

async function list(deadLetters: DeadLetters, options: Options): Promise<void> {
  const limit = numberOf('limit', options.limit);
  const { deadLetters: found, more } = await deadLetters.list(
    servicesOf(options),
    filtersOf(options, options.status),
    limit,
  );
  printDeadLetters(found);
  if (found.length === 0) console.log('None.');
  else
    console.log(
      more ? `The newest ${found.length}; there are more: --limit, or a filter.` : `${count(found.length)}.`,
    );
}

type DeadLetters = ReturnType<typeof deadLettersOf>;

/**
 * Those named, or with `--all` those that the filters select; what waits behind another follows it by itself.
 */
async function select(
  deadLetters: DeadLetters,
  options: Options,
  ids: string[],
): Promise<{ service: ServiceName; id: string }[]> {
  if (ids.length > 0 && options.all)
    throw new StackError('--all', `is for all that the filters select, not for ${ids[0]}.`);
  if (ids.length > 0) return Promise.all(ids.map((id) => deadLetters.find(id)));
  if (!options.all) throw new StackError('dead-letters', `the id is missing.\n\n${USAGE}`);
  const limit = numberOf('limit', options.limit);
  const { deadLetters: found, more } = await deadLetters.list(
    servicesOf(options),
    filtersOf(options, 'parked'),
    limit,
  );
  if (more)
    console.log(`These are the newest ${found.length}; there are more: run this again, or give a --limit.`);
  return found.filter(({ reason }) => reason !== 'waits-behind');
}

async function replay(deadLetters: DeadLetters, options: Options, ids: string[]): Promise<void> {
  const rate = numberOf('rate', options.rate);
  const { 'dry-run': dryRun, by, reason } = options;
  let failed = 0;
  for (const [at, deadLetter] of (await select(deadLetters, options, ids)).entries()) {
    if (at > 0) await delay(1_000 / rate);
    const result = await deadLetters.act(deadLetter, 'replay', { by, dryRun, ...(reason ? { reason } : {}) });
    if (result.status === 'parked') {
      failed++;
      const why = `${result.reason}: ${oneLine(result.error ?? '', 120)}`;
      console.log(`${deadLetter.id}  ${dryRun ? 'would stay' : 'is still'} parked: ${why}`);
    } else {
      const behind = result.released ? `, and ${result.released} that waited behind it` : '';
      console.log(
        `${deadLetter.id}  ${dryRun ? 'would be ' : ''}replayed${behind}: ${words(result.outcome)}`,
      );
    }
  }
  if (failed > 0)
    throw new StackError(
      'replay',
      `${count(failed)} ${dryRun ? 'would stay' : failed === 1 ? 'stays' : 'stay'} parked.`,
    );
}

async function discard(deadLetters: DeadLetters, options: Options, ids: string[]): Promise<void> {
  const { by, reason, rate, 'dry-run': dryRun } = options;
  if (!reason) throw new StackError('discard', `--reason is missing.\n\n${USAGE}`);
  for (const [at, deadLetter] of (await select(deadLetters, options, ids)).entries()) {
    if (dryRun) {
      console.log(`${deadLetter.id}  would be discarded`);
      continue;
    }
    if (at > 0) await delay(1_000 / numberOf('rate', rate));
    const { released } = await deadLetters.act(deadLetter, 'discard', { by, reason });
    console.log(
      `${deadLetter.id}  discarded${released ? `; ${released} that waited behind it were handled` : ''}`,
    );
  }
}

async function main(): Promise<void> {
  const { values: options, positionals } = readArguments();
  const [verb, ...ids] = positionals;
  if (!verb) return console.log(USAGE);
  const state = await stackHere('dead-letters', options);
  const deadLetters = deadLettersOf(state, (service) =>
    console.error(`${service} does not answer; its messages are not shown.`),
  );
  switch (verb) {
    case 'list':
      noMore('list', ids);
      return list(deadLetters, options);
    case 'show':
      if (ids.length === 0) throw new StackError('show', `the id is missing.\n\n${USAGE}`);
      for (const id of ids) await show(state, await deadLetters.find(id));
      return;
    case 'replay':
      return replay(deadLetters, options, ids);
    case 'discard':
      return discard(deadLetters, options, ids);
    default:
      throw new StackError(verb, `is not a verb of this command.\n\n${USAGE}`);
  }
}

runTool(main);
