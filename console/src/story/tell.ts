/**
 * Tells a story in whole sentences: what was ordered, what was done, what went wrong and was taken back, and
 * what that left. Pure; the terminal's demo and the page say the same. It claims nothing that the messages do
 * not say.
 */
import { participantOf } from '@order-saga/contracts/catalogue';
import type { Parked, Saga, Send, Step, Story } from '../api.ts';
import { done, money, refused, undone } from './words.ts';

export type Untold = Omit<Story, 'told'>;

export function tell(story: Untold): string {
  const said = story.kind === 'order' ? tellOrder(story) : [tellOther(story)];
  return said.filter((text) => text !== '').join(' ');
}

function tellOrder(story: Untold): string[] {
  return [
    ordered(story),
    ...(story.sagas.length === 0 && story.status === 'PENDING' ? ['No saga has taken it up yet.'] : []),
    ...story.sagas.flatMap((saga, place) => tellSaga(saga, story, place)),
    nothingCharged(story),
    ...tellParked(story),
    mailed(story),
  ];
}

function ordered({ lines, total }: Untold): string {
  if (!lines || !total) return 'An order was placed.';
  const what = list(lines.slice(0, MOST_LINES).map(({ quantity, name }) => `${quantity} × ${name}`));
  const more = lines.length > MOST_LINES ? ` and ${lines.length - MOST_LINES} more lines` : '';
  const were = lines.length > 1 ? 'were' : 'was';
  return `${what}${more} ${were} ordered for ${money(total)}.`;
}

const MOST_LINES = 5;

function tellSaga(saga: Saga, story: Untold, place: number): string[] {
  const forward = saga.steps
    .filter((step) => step.do.status === 'done')
    .map((step) => done(step.name, step.do, story.results));
  const begun = startedBy(saga, story, place);
  const attention = needsAHand(saga);
  if (!saga.why) {
    const told = forward.length === 0 ? '' : begun ? `${begun}, so ${list(forward)}` : list(forward);
    return [sentence(told || begun), ...(attention ? [attention] : waitingFor(saga))];
  }
  const before = forward.length > 0 ? `${list(forward)}; ` : '';
  const back = [...takenBack(saga, story), ...ending(saga, story)];
  const so = back.length > 0 ? `, so ${list(back)}` : '';
  return [sentence(`${before}${because(saga, story)}${so}`), ...(attention ? [attention] : waitingFor(saga))];
}

/**
 * What began a later saga. The first begins with the order. Who asked for a cancellation, the customer or an
 * operator for them, no message says: so neither does this.
 */
function startedBy({ sagaId, name }: Saga, { events }: Untold, place: number): string {
  if (place === 0) return '';
  const type = events.find(({ id }) => id === sagaId)?.type;
  return type === 'OrderCancellationRequested' ? 'then its cancellation was asked for' : `then ${name} began`;
}

function because({ why, steps }: Saga, { results }: Untold): string {
  const refusedStep = steps.find((step) => step.do.status === 'refused');
  const silent = steps.find((step) => step.do.status === 'silent');
  switch (why?.kind) {
    case 'refused':
      return refusedStep
        ? refused(refusedStep.name, refusedStep.do, results)
        : `a step was refused (${why.reason})`;
    case 'silent':
      return silent
        ? `${whoAnswers(silent.do.command)} did not answer in time`
        : 'a step was not answered in time';
    case 'cancelled':
      return 'its cancellation was asked for';
    case 'operator':
      return 'an operator stopped it';
    case undefined:
      return '';
  }
}

/** Last done, first undone. */
function takenBack({ steps }: Saga, { results }: Untold): string[] {
  return steps.toReversed().flatMap(({ name, undo }: Step) => {
    if (undo?.status === 'done') return [undone(name, undo, results)];
    return [];
  });
}

function ending({ end }: Saga, { reason, results }: Untold): string[] {
  if (end?.status !== 'done') return [];
  return [`${undone('the saga', end, results)}${reason ? ` (${reason})` : ''}`];
}

const whoAnswers = (command: string): string => participantOf(command) ?? 'nobody';

function sendInFlight({ steps, end }: Saga): Send | undefined {
  const all = [...steps.flatMap((step) => [step.do, step.undo]), end];
  return all.find((send) => send?.status === 'waiting');
}

function waitingFor(saga: Saga): string[] {
  const send = saga.endedAt === undefined ? sendInFlight(saga) : undefined;
  if (!send) return [];
  const asked = `${whoAnswers(send.command)} was asked (${send.command}${times(send)})`;
  return [sentence(`${asked} and has not answered yet`)];
}

const times = ({ attempts }: Send) => (attempts > 1 ? `, sent ${attempts} times` : '');

function needsAHand(saga: Saga): string | undefined {
  if (saga.status !== 'needs-attention') return undefined;
  const send = sendInFlight(saga);
  if (!send) return 'It needs a hand.';
  const still = `${whoAnswers(send.command)} does not answer`;
  return `It needs a hand: ${send.command} was sent ${send.attempts} times, and ${still}.`;
}

/** Said where one would ask, and nothing else has said it. */
function nothingCharged({ status, sagas, results }: Untold): string {
  const over = status === 'REJECTED' || status === 'CANCELLED';
  const said = sagas.some(({ steps }) =>
    steps.some(({ undo, do: act }) => [undo, act].some((send) => send?.answer === 'PaymentRefunded')),
  );
  return over && !said && !results.charged ? 'Nothing was charged.' : '';
}

const MOST_PARKED = 3;

function tellParked({ parked, events }: Untold): string[] {
  const live = parked.filter(({ service, messageId }) => {
    const event = events.find(
      ({ id, repeats }) => id === messageId || repeats?.ids.includes(messageId ?? ''),
    );
    return !event?.readers.some((reader) => reader.service === service && reader.did === 'took-effect');
  });
  const told = live.slice(0, MOST_PARKED).map(parkedSentence);
  return live.length > MOST_PARKED
    ? [...told, `${live.length - MOST_PARKED} more messages are parked.`]
    : told;
}

function parkedSentence({ service, type, reason }: Parked): string {
  const what = type ?? 'a message';
  if (reason === 'waits-behind') return sentence(`${service} holds ${what} back behind a parked message`);
  if (reason === 'effect-gave-up') return sentence(`${service} gave up what ${what} asks for`);
  return sentence(`${service} parked ${what} (${reason})`);
}

const MAILS: Readonly<Record<string, string>> = {
  CONFIRMED: 'order-confirmed',
  REJECTED: 'order-rejected',
  CANCELLED: 'order-cancelled',
};

function mailed({ status, results }: Untold): string {
  const kind = MAILS[status ?? ''];
  return results.mails.some((mail) => mail.kind === kind) ? 'A mail told the customer.' : '';
}

function tellOther({ kind, events }: Untold): string {
  const [first] = events;
  if (!first) return 'Nothing is known of it.';
  if (kind === 'stock') return `The stock of ${first.subject} was adjusted.`;
  if (kind === 'price') return `The price of ${first.subject} was changed.`;
  return events.length === 1
    ? `${first.lane} said ${first.type} about ${first.subject}.`
    : `${events.length} messages about ${first.subject}; the first is ${first.type} of ${first.lane}.`;
}

/** `a`, `a and b`, `a, b and c` */
const list = (parts: readonly string[]): string =>
  parts.length < 2 ? parts.join('') : `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)}`;

/** With a capital and a full stop; nothing stays nothing. */
const sentence = (text: string): string => (text === '' ? '' : `${text[0]?.toUpperCase()}${text.slice(1)}.`);
