/** `npm run dead-letters -- VERB`: the operator's tool for parked messages, on the folder's running stack. */
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { SERVICES, type ServiceName } from '@order-saga/contracts/system';
import { call } from '../shop/client.ts';
import { me, stackHere } from '../operator/ask.ts';
import { StackError } from '../stack/stack-error.ts';
import { type StackState, urlOf } from '../stack/state.ts';
import { deadLettersOf, type Filters, type Letter, type Outcome, type WholeLetter } from './client.ts';
import { keyWords, oneLine } from './words.ts';
import { noMore, runTool } from '../run-tool.ts';

const USAGE = `npm run dead-letters -- VERB

  list                          parked messages of all services, oldest first; --limit (default 1000): the newest, if there are more
  show ID                       one message: what was received, why it is parked, what waits behind it, how its order stands
  replay ID...                  handle it again, and then what waits behind it; --dry-run: only say what would be decided
  discard ID... --reason "..."  give it up; what waits behind it is handled; --dry-run: only say which it would be
  replay|discard --all          all that the filters select, --rate a second (default 10), --limit in all (default 1000)

  filters (list, --all): --service S  --type T  --reason-is R  --key K  --correlation ID  --older-than MINUTES
  list shows what is still parked; --status replayed|discarded|all shows the rest

Every action is written down with your name (--by, else the one you are logged in with) and --reason. Pressing twice does no harm.`;

type Options = ReturnType<typeof readArguments>['values'];

function readArguments() {
  return parseArgs({
    allowPositionals: true,
    options: {
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
      help: { type: 'boolean', default: false },
    },
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

function printLetters(letters: Letter[], errorLength = 110): void {
  for (const { service, id, parkedAt, status, type, reason, attempts, key, error } of letters) {
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
async function story(state: StackState, { key }: WholeLetter): Promise<string[]> {
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
function contentOf({ value, valueBase64 }: WholeLetter['headers'][number]): string {
  if (value === null) return 'null';
  return Buffer.from(value).toString('base64') === valueBase64
    ? oneLine(value, 110)
    : `base64 ${valueBase64}`;
}

async function show(state: StackState, letter: WholeLetter): Promise<void> {
  printLetters([letter], Infinity);
  console.log(`  received on ${letter.topic}, partition ${letter.partition}, offset ${letter.offset}`);
  for (const header of letter.headers)
    console.log(`  header ${oneLine(header.name, 40)}: ${contentOf(header)}`);
  if (letter.waitsBehind) console.log(`  waits behind ${letter.waitsBehind}`);
  if (letter.behind > 0) console.log(`  ${letter.behind} wait behind it`);
  for (const line of await story(state, letter)) console.log(`  ${line}`);
  if (letter.status === 'replayed') console.log(`  came of it: ${words(letter.outcome)}`);
  for (const { at, by, action, reason, outcome } of letter.actions) {
    console.log(`  ${at}  ${by}: ${action}${reason ? ` "${reason}"` : ''} -> ${outcome}`);
  }
  console.log(
    letter.message ? JSON.stringify(letter.message, null, 2) : `  value: ${letter.value ?? 'none'}`,
  );
}

async function list(letters: Letters, options: Options): Promise<void> {
  const limit = numberOf('limit', options.limit);
  const { letters: found, more } = await letters.list(
    servicesOf(options),
    filtersOf(options, options.status),
    limit,
  );
  printLetters(found);
  if (found.length === 0) console.log('None.');
  else
    console.log(
      more ? `The newest ${found.length}; there are more: --limit, or a filter.` : `${count(found.length)}.`,
    );
}

type Letters = ReturnType<typeof deadLettersOf>;

/**
 * Those named, or with `--all` those that the filters select; what waits behind another follows it by itself.
 */
async function select(
  letters: Letters,
  options: Options,
  ids: string[],
): Promise<{ service: ServiceName; id: string }[]> {
  if (ids.length > 0 && options.all)
    throw new StackError('--all', `is for all that the filters select, not for ${ids[0]}.`);
  if (ids.length > 0) return Promise.all(ids.map((id) => letters.find(id)));
  if (!options.all) throw new StackError('dead-letters', `the id is missing.\n\n${USAGE}`);
  const limit = numberOf('limit', options.limit);
  const { letters: found, more } = await letters.list(
    servicesOf(options),
    filtersOf(options, 'parked'),
    limit,
  );
  if (more)
    console.log(`These are the newest ${found.length}; there are more: press again, or give a --limit.`);
  return found.filter(({ reason }) => reason !== 'waits-behind');
}

async function replay(letters: Letters, options: Options, ids: string[]): Promise<void> {
  const rate = numberOf('rate', options.rate);
  const { 'dry-run': dryRun, by, reason } = options;
  let failed = 0;
  for (const [at, letter] of (await select(letters, options, ids)).entries()) {
    if (at > 0) await delay(1_000 / rate);
    const result = await letters.act(letter, 'replay', { by, dryRun, ...(reason ? { reason } : {}) });
    if (result.status === 'parked') {
      failed++;
      const why = `${result.reason}: ${oneLine(result.error ?? '', 120)}`;
      console.log(`${letter.id}  ${dryRun ? 'would stay' : 'is still'} parked: ${why}`);
    } else {
      const behind = result.released ? `, and ${result.released} that waited behind it` : '';
      console.log(`${letter.id}  ${dryRun ? 'would be ' : ''}replayed${behind}: ${words(result.outcome)}`);
    }
  }
  if (failed > 0)
    throw new StackError(
      'replay',
      `${count(failed)} ${dryRun ? 'would stay' : failed === 1 ? 'stays' : 'stay'} parked.`,
    );
}

async function discard(letters: Letters, options: Options, ids: string[]): Promise<void> {
  const { by, reason, rate, 'dry-run': dryRun } = options;
  if (!reason) throw new StackError('discard', `--reason is missing.\n\n${USAGE}`);
  for (const [at, letter] of (await select(letters, options, ids)).entries()) {
    if (dryRun) {
      console.log(`${letter.id}  would be discarded`);
      continue;
    }
    if (at > 0) await delay(1_000 / numberOf('rate', rate));
    const { released } = await letters.act(letter, 'discard', { by, reason });
    console.log(
      `${letter.id}  discarded${released ? `; ${released} that waited behind it were handled` : ''}`,
    );
  }
}

async function main(): Promise<void> {
  const { values: options, positionals } = readArguments();
  const [verb, ...ids] = positionals;
  if (options.help || !verb) return console.log(USAGE);
  const state = stackHere('dead-letters');
  const letters = deadLettersOf(state, (service) =>
    console.error(`${service} does not answer; its messages are not shown.`),
  );
  switch (verb) {
    case 'list':
      noMore('list', ids);
      return list(letters, options);
    case 'show':
      if (ids.length === 0) throw new StackError('show', `the id is missing.\n\n${USAGE}`);
      for (const id of ids) await show(state, await letters.find(id));
      return;
    case 'replay':
      return replay(letters, options, ids);
    case 'discard':
      return discard(letters, options, ids);
    default:
      throw new StackError(verb, `is not a verb of this command.\n\n${USAGE}`);
  }
}

runTool(main);
