/**
 * The SQL that joins a batch's rows with those that are stored, by the rules of projection/join-rows.ts. Rows
 * are sorted by key, so that two writers cannot deadlock.
 */
import type { Statement } from '@sagakit/postgres/statement';
import { byBytes, type CopyRow, type MessageRow, type Rows, type StoryRow } from '../projection/rows.ts';
import { schemaOf } from './schema.ts';

type Columns<R> = readonly (readonly [name: string, type: string, of: (row: R) => unknown])[];

/** `insert into g1.x (a, b) select * from unnest($1::text[], $2::int[])` */
function insert<R>(
  name: string,
  table: string,
  columns: Columns<R>,
  rows: readonly R[],
  then: string,
): Statement {
  const names = columns.map(([column]) => column).join(', ');
  const arrays = columns.map(([, type], place) => `$${place + 1}::${type}[]`).join(', ');
  return {
    name: `${name}-${table}`,
    text: `insert into ${table} as t (${names}) select * from unnest(${arrays}) ${then}`,
    values: columns.map(([, , of]) => rows.map(of)),
  };
}

const sorted = <R>(rows: Map<string, R>): R[] =>
  [...rows].sort(([a], [b]) => byBytes(a, b)).map(([, row]) => row);

const MESSAGE: Columns<MessageRow> = [
  ['source', 'text', (row) => row.source],
  ['id', 'text', (row) => row.id],
  ['story', 'text', (row) => row.story],
  ['subject', 'text', (row) => row.subject],
  ['type', 'text', (row) => row.type],
  ['topic', 'text', (row) => row.topic],
  ['partition', 'int', (row) => row.partition],
  ['"offset"', 'bigint', (row) => row.offset],
  ['time', 'timestamptz', (row) => row.time],
  ['logged_at', 'timestamptz', (row) => row.loggedAt],
  ['sequence', 'bigint', (row) => row.sequence],
  ['hops', 'int', (row) => row.hops],
  ['cause', 'text', (row) => row.cause],
  ['saga', 'text', (row) => row.saga],
  ['trace', 'text', (row) => row.trace],
  ['span', 'text', (row) => row.span],
  ['version', 'text', (row) => row.version],
  ['value', 'text', (row) => row.value],
  ['bytes', 'int', (row) => row.bytes],
];

/** Answers with those that were not there. */
export const insertMessages = (generation: number, rows: readonly MessageRow[]): Statement =>
  insert(
    'messages',
    `${schemaOf(generation)}.message`,
    MESSAGE,
    rows.toSorted((a, b) => byBytes(a.source, b.source) || byBytes(a.id, b.id)),
    'on conflict (source, id) do nothing returning source, id',
  );

/** The one of these messages that lies first takes the row. */
export const replaceMessages = (generation: number, rows: readonly MessageRow[]): Statement =>
  insert(
    'messages-first',
    `${schemaOf(generation)}.message`,
    MESSAGE,
    rows,
    `on conflict (source, id) do update set ${MESSAGE.slice(2)
      .map(([name]) => `${name} = excluded.${name}`)
      .join(
        ', ',
      )} where (excluded.topic, excluded.partition, excluded."offset") < (t.topic, t.partition, t."offset")`,
  );

/** Answers with those that were not there. */
export const insertCopies = (generation: number, rows: readonly CopyRow[]): Statement =>
  insert<CopyRow>(
    'copies',
    `${schemaOf(generation)}.copy`,
    [
      ['topic', 'text', (row) => row.topic],
      ['partition', 'int', (row) => row.partition],
      ['"offset"', 'bigint', (row) => row.offset],
      ['source', 'text', (row) => row.source],
      ['id', 'text', (row) => row.id],
      ['story', 'text', (row) => row.story],
      ['type', 'text', (row) => row.type],
      ['logged_at', 'timestamptz', (row) => row.loggedAt],
    ],
    rows,
    'on conflict (topic, partition, "offset") do nothing returning topic, partition, "offset"::text as "offset"',
  );

/** What a register says changes as a whole, if the key is higher. */
const register = (key: string, ...columns: string[]) =>
  [
    `${key} = greatest(t.${key}, excluded.${key})`,
    ...columns.map(
      (column) =>
        `${column} = case when excluded.${key} > coalesce(t.${key}, '') then excluded.${column} else t.${column} end`,
    ),
  ].join(', ');

const STORY: Columns<StoryRow> = [
  ['story', 'text', (row) => row.story],
  ['kind', 'smallint', (row) => row.kind],
  ['subject', 'text', (row) => row.subject],
  ['first_at', 'timestamptz', (row) => row.firstAt],
  ['last_at', 'timestamptz', (row) => row.lastAt],
  ['undone', 'boolean', (row) => row.undone],
  ['placed_key', 'text', (row) => row.placed?.placedKey],
  ['order_id', 'text', (row) => row.placed?.orderId],
  ['customer', 'text', (row) => row.placed?.customer],
  ['title', 'text', (row) => row.placed?.title],
  ['skus', 'text', (row) => row.placed?.skus],
  ['amount', 'bigint', (row) => row.placed?.amount],
  ['currency', 'text', (row) => row.placed?.currency],
  ['placed_at', 'timestamptz', (row) => row.placed?.placedAt],
  ['status_key', 'text', (row) => row.status?.statusKey],
  ['status', 'text', (row) => row.status?.status],
  ['reason', 'text', (row) => row.status?.reason],
  ['status_at', 'timestamptz', (row) => row.status?.statusAt],
  ['saga_key', 'text', (row) => row.saga?.sagaKey],
  ['saga', 'text', (row) => row.saga?.saga],
  ['saga_status', 'text', (row) => row.saga?.sagaStatus],
];

const JOIN_STORIES = `on conflict (story) do update set
  kind = greatest(t.kind, excluded.kind), subject = least(t.subject, excluded.subject),
  first_at = least(t.first_at, excluded.first_at), last_at = greatest(t.last_at, excluded.last_at),
  undone = t.undone or excluded.undone,
  ${register('placed_key', 'order_id', 'customer', 'title', 'skus', 'amount', 'currency', 'placed_at')},
  ${register('status_key', 'status', 'reason', 'status_at')},
  ${register('saga_key', 'saga', 'saga_status')}`;

/** Everything but messages, copies and minutes, which depend on what was there. */
export function joinStatements(generation: number, rows: Rows): Statement[] {
  const g = schemaOf(generation);
  const all: [size: number, statement: () => Statement][] = [
    [rows.stories.size, () => insert('stories', `${g}.story`, STORY, sorted(rows.stories), JOIN_STORIES)],
    [rows.traces.size, () => joinTraces(g, rows)],
    [rows.parked.size, () => joinParked(g, rows)],
    [rows.products.size, () => joinProducts(g, rows)],
    [rows.positions.size, () => joinPositions(g, rows)],
  ];
  return all.flatMap(([size, statement]) => (size > 0 ? [statement()] : []));
}

const joinTraces = (g: string, { traces }: Rows) =>
  insert<{ trace: string; story: string }>(
    'traces',
    `${g}.story_trace`,
    [
      ['trace', 'text', (row) => row.trace],
      ['story', 'text', (row) => row.story],
    ],
    sorted(traces),
    'on conflict (trace, story) do nothing',
  );

type ParkedOf = Rows['parked'] extends Map<string, infer R> ? R : never;

const joinParked = (g: string, { parked }: Rows) =>
  insert<ParkedOf>(
    'parked',
    `${g}.parked`,
    [
      ['service', 'text', (row) => row.service],
      ['topic', 'text', (row) => row.topic],
      ['partition', 'int', (row) => row.partition],
      ['"offset"', 'bigint', (row) => row.offset],
      ['parked_key', 'text', (row) => row.parkedKey],
      ['story', 'text', (row) => row.story],
      ['key', 'text', (row) => row.key],
      ['type', 'text', (row) => row.type],
      ['message_id', 'text', (row) => row.messageId],
      ['reason', 'text', (row) => row.reason],
      ['error', 'text', (row) => row.error],
      ['attempts', 'int', (row) => row.attempts],
      ['parked_at', 'timestamptz', (row) => row.parkedAt],
      ['value', 'text', (row) => row.value],
    ],
    sorted(parked),
    `on conflict (service, topic, partition, "offset") do update set ${register(
      'parked_key',
      ...['story', 'key', 'type', 'message_id', 'reason', 'error', 'attempts', 'parked_at', 'value'],
    )}`,
  );

type ProductOf = Rows['products'] extends Map<string, infer R> ? R : never;

const joinProducts = (g: string, { products }: Rows) =>
  insert<ProductOf>(
    'products',
    `${g}.product`,
    [
      ['sku', 'text', (row) => row.sku],
      ['name', 'text', (row) => row.name],
      ['amount', 'bigint', (row) => row.amount],
      ['currency', 'text', (row) => row.currency],
      ['product_key', 'text', (row) => row.productKey],
    ],
    sorted(products),
    `on conflict (sku) do update set ${register('product_key', 'name', 'amount', 'currency')}`,
  );

type PositionOf = Rows['positions'] extends Map<string, infer R> ? R : never;

const joinPositions = (g: string, { positions }: Rows) =>
  insert<PositionOf>(
    'positions',
    `${g}.position`,
    [
      ['topic', 'text', (row) => row.topic],
      ['partition', 'int', (row) => row.partition],
      ['next', 'bigint', (row) => row.next],
      ['logged_at', 'timestamptz', (row) => row.loggedAt],
      ['first', 'bigint', (row) => row.first],
      ['first_at', 'timestamptz', (row) => row.firstAt],
    ],
    sorted(positions),
    `on conflict (topic, partition) do update set
       logged_at = case when excluded.next >= t.next then excluded.logged_at else t.logged_at end,
       next = greatest(t.next, excluded.next),
       first_at = case when excluded.first <= t.first then excluded.first_at else t.first_at end,
       first = least(t.first, excluded.first)`,
  );

export const addMinutes = (generation: number, minutes: Rows['minutes']): Statement =>
  insert<{ minute: string; topic: string; type: string; n: number }>(
    'minutes',
    `${schemaOf(generation)}.minute`,
    [
      ['minute', 'timestamptz', (row) => row.minute],
      ['topic', 'text', (row) => row.topic],
      ['type', 'text', (row) => row.type],
      ['n', 'bigint', (row) => row.n],
    ],
    sorted(minutes),
    'on conflict (minute, topic, type) do update set n = t.n + excluded.n',
  );
