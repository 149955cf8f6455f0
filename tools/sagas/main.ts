/** `npm run sagas -- VERB`: the operator's tool for sagas, on the folder's running stack. */
import { jsonBody } from '../shop/client.ts';
import { ask, me, stackHere, WHICH_STACK } from '../operator/ask.ts';
import { StackError } from '../stack/stack-error.ts';
import { urlOf } from '../stack/state.ts';
import { commandLine, noMore } from '../command-line.ts';
import { runTool } from '../run-tool.ts';
import { type Waits, waitsFor } from './words.ts';

const USAGE = `npm run sagas -- VERB

  list [--status S] [--overdue]          sagas, those of the oldest orders first, --limit of them (default 1000);
                                         S: running, compensating, needs-attention, completed, compensated
  show ORDER                             every step of an order's saga, with times, and what operators did
  retry ORDER                            send the command that is not answered again, at once
  compensate ORDER --reason "..."        turn it back: undo what was done, reject the order
  note ORDER --text "..."                write down what the next operator should know

Every action is written down with the operator's name: the subject of the token that this stack's identity provider gives to
this tool; with AUTH=off your own (--by, else the one you are logged in with). Each can be repeated safely.`;

type Sent = { attempts: number; sentAt?: string; endedAt?: string; command?: string; answer?: string };
type Step = Sent & { name: string; status: string; undo?: Sent };
type Saga = {
  orderId: string;
  saga: string;
  version: number;
  status: string;
  overdue: boolean;
  correlationId: string;
  startedAt: string;
  deadline?: string;
  why?: object;
  waiting?: Waits['waiting'];
  steps: Step[];
  earlier: Saga[];
  actions: { at: string; by: string; action: string; text: string | null; outcome: string }[];
};

function needed(value: string | undefined, what: string): string {
  if (!value) throw new StackError('sagas', `${what} is missing.\n\n${USAGE}`);
  return value;
}

const at = (time?: string) => (time ?? '').slice(11, 23).padEnd(12);

function showSteps(steps: Step[]): void {
  for (const step of steps) {
    const times = (of: Sent) =>
      `sent ${at(of.sentAt)}  ended ${at(of.endedAt)}  ${of.attempts} x  ${of.command ?? ''}${of.answer ? ` -> ${of.answer}` : ''}`;
    console.log(`  ${step.name.padEnd(18)} ${step.status.padEnd(10)} ${times(step)}`);
    if (step.undo)
      console.log(
        `    ${'undo'.padEnd(16)} ${(step.undo.endedAt ? 'done' : 'waiting').padEnd(10)} ${times(step.undo)}`,
      );
  }
}

function show(saga: Saga): void {
  console.log(
    `${saga.orderId}  ${saga.saga} v${saga.version}  ${saga.status}${saga.overdue ? ', OVERDUE' : ''}`,
  );
  console.log(
    `  started ${saga.startedAt}  correlation ${saga.correlationId}${saga.deadline ? `  deadline ${saga.deadline}` : ''}`,
  );
  if (saga.why) console.log(`  why: ${JSON.stringify(saga.why)}`);
  showSteps(saga.steps);
  const waits = waitsFor(saga);
  if (waits) console.log(`  waits for ${waits}`);
  for (const before of saga.earlier) {
    console.log(`  before: ${before.saga} ${before.status}`);
    showSteps(before.steps);
  }
  for (const { at: when, by, action, text, outcome } of saga.actions) {
    console.log(`  ${when}  ${by}: ${action}${text ? ` "${text}"` : ''} -> ${outcome}`);
  }
}

async function list(url: string, filters: Record<string, string>, max: number): Promise<void> {
  if (!(max > 0)) throw new StackError('--limit', 'is not a number above 0.');
  let shown = 0;
  let cursor: string | undefined;
  do {
    const limit = String(Math.min(200, max - shown));
    const query = new URLSearchParams({ ...filters, limit, ...(cursor ? { cursor } : {}) });
    const { items, nextCursor } = await ask<{ items: Saga[]; nextCursor?: string }>(
      `${url}?${query.toString()}`,
    );
    for (const item of items) {
      const { orderId, saga, status, overdue, startedAt } = item;
      const waits = waitsFor(item);
      console.log(
        `${orderId}  ${saga.padEnd(13)} ${status.padEnd(16)} ${overdue ? 'OVERDUE' : '       '} since ${startedAt}${waits ? `  waits for ${waits}` : ''}`,
      );
    }
    shown += items.length;
    cursor = nextCursor;
  } while (cursor && shown < max);
  if (shown === 0) console.log('None.');
  else
    console.log(
      `${shown} ${shown === 1 ? 'saga' : 'sagas'}${cursor ? '; there are more: --limit, or a filter' : ''}.`,
    );
}

async function main(): Promise<void> {
  const { values, positionals } = commandLine(USAGE, {
    status: { type: 'string' },
    overdue: { type: 'boolean', default: false },
    limit: { type: 'string', default: '1000' },
    reason: { type: 'string' },
    text: { type: 'string' },
    by: { type: 'string', default: me() },
    ...WHICH_STACK,
  });
  const [verb, order, ...more] = positionals;
  if (!verb) return console.log(USAGE);
  noMore(verb, verb === 'list' && order !== undefined ? [order] : more);
  const url = `${urlOf(await stackHere('sagas', values), 'saga-orchestrator')}/sagas`;
  const act = async (path: string, body: object) => {
    const { outcome } = await ask<{ outcome: string }>(
      `${url}/${encodeURIComponent(needed(order, 'the order id'))}/${path}`,
      jsonBody({ ...body, by: values.by }),
    );
    console.log(outcome);
  };
  switch (verb) {
    case 'list': {
      const filters = {
        ...(values.status ? { status: values.status } : {}),
        ...(values.overdue ? { overdue: 'true' } : {}),
      };
      return list(url, filters, Number(values.limit));
    }
    case 'show':
      return show(await ask<Saga>(`${url}/${encodeURIComponent(needed(order, 'the order id'))}`));
    case 'retry':
      return act('retry', {});
    case 'compensate':
      return act('compensate', { reason: needed(values.reason, '--reason') });
    case 'note':
      return act('notes', { text: needed(values.text, '--text') });
    default:
      throw new StackError(verb, `is not a verb of this command.\n\n${USAGE}`);
  }
}

runTool(main);
