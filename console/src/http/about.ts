/** What the page must know before anything else, and the figures of its first screen. */
import { catalogue } from '@order-saga/contracts/catalogue';
import { SERVICES } from '@order-saga/contracts/system';
import { CURRENCY } from '@order-saga/contracts/values';
import { z } from 'zod';
import { type Card, Config as ConfigAnswer, type Link, Overview } from '../api.ts';
import type { Config } from '../config.ts';
import { MAX_VALUE } from '../projection/read-record.ts';
import { SHORT } from '../store/find.ts';
import { readOverview } from '../store/overview.ts';
import { MAX_ROWS } from '../story/story.ts';
import { jsonOf, type Silence } from '../upstream.ts';
import { answering, type ConsoleEndpoint, withEtag } from './answers.ts';
import type { Read } from './read.ts';
import { MAX_WAIT_MS } from './stories.ts';

const CARDS: readonly Card[] = [
  { token: 'tok_visa', title: 'A good card', expect: 'It is charged, and the order is confirmed.' },
  {
    token: 'tok_declined',
    title: 'A declined card',
    expect: 'Payment refuses it; the reserved stock comes back.',
  },
  {
    token: 'tok_insufficient_funds',
    title: 'A card without money',
    expect: 'Payment refuses it; the reserved stock comes back.',
  },
  {
    token: 'tok_timeout',
    title: 'A provider that falls silent',
    expect: 'It charges and does not answer: after the deadline all is undone, and the charge refunded.',
  },
  {
    token: 'tok_error_once',
    title: 'A provider that fails once',
    expect: 'The charge is tried again, and goes through.',
  },
  {
    token: 'tok_refund_fails_twice',
    title: 'A refund that fails twice',
    expect: 'It is confirmed. Cancel it, and watch the refund insist.',
  },
];

const PROVIDER = 'psp';
const LINK_GROUPS: Readonly<Record<string, Link['group']>> = { mail: 'mail', [PROVIDER]: 'provider' };
/** As the page names it, where a setting's short name is nothing to read. */
const LINK_NAMES: Readonly<Record<string, string>> = { [PROVIDER]: 'payment provider' };

/** A service stands in LINKS too where a browser reaches it by another address than the console does. */
function linksOf({ SERVICE_URLS, LINKS }: Config): Link[] {
  const services = [...SERVICE_URLS].filter(([name]) => name !== PROVIDER);
  const others = [...LINKS].filter(([name]) => name === PROVIDER || !SERVICE_URLS.has(name));
  return [
    ...services.map(([name, url]): Link => ({
      group: 'openapi',
      name,
      url: `${LINKS.get(name) ?? url}/openapi.json`,
    })),
    ...others.map(([name, url]): Link => ({
      group: LINK_GROUPS[name] ?? 'observe',
      name: LINK_NAMES[name] ?? name,
      url,
    })),
  ];
}

export function configEndpoint(config: Config, version: string): ConsoleEndpoint {
  const links = linksOf(config);
  const body: ConfigAnswer = {
    name: catalogue.system,
    version,
    currency: CURRENCY,
    ...(config.STEP_DEADLINE_MS === undefined ? {} : { stepDeadlineMs: config.STEP_DEADLINE_MS }),
    readOnly: config.CONSOLE_READ_ONLY,
    faults: false,
    limits: {
      storyRows: MAX_ROWS,
      payloadBytes: MAX_VALUE,
      endOfId: SHORT,
      waitMs: MAX_WAIT_MS,
      listRows: 200,
    },
    services: [...SERVICES],
    links,
    cards: [...CARDS],
  };
  return answering(ConfigAnswer, {
    method: 'get',
    path: '/api/config',
    summary: 'What this console is, and what it may do',
    inputs: {},
    responses: { 200: 'It is so', 304: 'As you have it' },
    handle: async (_, headers) => withEtag(body, headers),
  });
}

const LONGEST_MINUTES = 24 * 60;

export function overviewEndpoint(read: Read, now: () => number): ConsoleEndpoint {
  return answering(Overview, {
    method: 'get',
    path: '/api/overview',
    summary: 'The last minutes in figures, and what needs a hand',
    inputs: { query: z.object({ minutes: z.coerce.number().int().min(1).max(LONGEST_MINUTES).default(15) }) },
    responses: { 200: 'The figures', 304: 'As you have them', 400: 'Too many minutes' },
    async handle({ query: { minutes } }, headers) {
      const to = new Date(Math.ceil((now() + 1) / 1_000) * 1_000);
      const from = new Date(to.getTime() - minutes * 60_000);
      const [{ sagasNeedAttention, ...figures }, attention] = await Promise.all([
        readOverview(read.db, read.generation(), { from, to }),
        askAttention(read),
      ]);
      const body: Overview = { ...figures, attention: { sagas: sagasNeedAttention, ...attention } };
      return withEtag(body, headers);
    },
  });
}

const List = z.object({ items: z.array(z.unknown()) });
type Counted = { n: number; why?: never } | { n?: never; why: Silence };

/** As the services say now. Counted up to 200 for each. */
async function askAttention({ upstream }: Read): Promise<Omit<Overview['attention'], 'sagas'>> {
  const countOf = async (service: string, path: string): Promise<Counted> => {
    const asked = await upstream.ask(service, path);
    if ('away' in asked) return { why: asked.why };
    const list = List.safeParse(jsonOf(asked));
    return list.success ? { n: list.data.items.length } : { why: 'error' };
  };
  const [overdue, ...deadLetters] = await Promise.all([
    countOf('saga-orchestrator', '/sagas?overdue=true&limit=200'),
    ...SERVICES.map((name) => countOf(name, '/dead-letters?status=parked&limit=200')),
  ]);
  const why = SERVICES.flatMap((name, i): [string, Silence][] => {
    const reason = deadLetters[i]?.why;
    return reason === undefined ? [] : [[name, reason]];
  });
  const parked = deadLetters.reduce((sum, { n = 0 }) => sum + n, 0);
  return {
    ...(why.length === 0 ? { parked } : {}),
    ...(overdue.n === undefined ? {} : { overdue: overdue.n }),
    away: why.map(([name]) => name),
    why: Object.fromEntries(why),
  };
}
