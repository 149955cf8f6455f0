/**
 * Looks for texts in every byte that a stack keeps: its files, Kafka's log unpacked, every row of every
 * database.
 */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { batchAt } from '@sagakit/kafka/kafkajs/record-batch';
import { inDatabase } from '@sagakit/service-kit/databases';
import { connectedTo, queryAt } from '@sagakit/testing/connected';

/** As it is, in hexadecimal, and in base64 wherever it begins there. */
function writtenAs(text: string): Buffer[] {
  const plain = Buffer.from(text);
  const base64 = [0, 1, 2].map((before) => {
    const coded = Buffer.concat([Buffer.alloc(before), plain])
      .toString('base64')
      .replace(/=+$/, '');
    return coded.slice(before === 0 ? 0 : before + 1, (before + plain.length) % 3 === 0 ? undefined : -1);
  });
  return [plain, ...[plain.toString('hex'), ...base64].map((coded) => Buffer.from(coded))];
}

export type Needles = readonly { text: string; forms: readonly Buffer[] }[];
export const needles = (...texts: string[]): Needles =>
  texts.map((text) => ({ text, forms: writtenAs(text) }));

const within = (bytes: Buffer, wanted: Needles): string[] =>
  wanted.flatMap(({ text, forms }) => (forms.some((form) => bytes.includes(form)) ? [text] : []));

/** Where what was found lies: `data/kafka/log/…: ada@example.com`. Files that go meanwhile are not there. */
export async function foundInFiles(
  folder: string,
  wanted: Needles,
  isSkipped: (file: string) => boolean = () => false,
): Promise<string[]> {
  const found: string[] = [];
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((one) => one.isFile());
  for (const { parentPath, name } of files) {
    const file = path.relative(folder, path.join(parentPath, name));
    if (isSkipped(file)) continue;
    const bytes = withoutZeros(contentOf(path.join(folder, file)));
    const unpacked = /\.log(\.\w+)?$/.test(name) ? await batchesIn(bytes) : [];
    for (const part of [bytes, ...unpacked])
      for (const text of within(part, wanted)) found.push(`${file}: ${text}`);
  }
  return [...new Set(found)];
}

const ZEROS = Buffer.alloc(64 * 1024);

/** Kafka's indexes are made as large as they may get: ten megabytes of nothing at their end. */
function withoutZeros(bytes: Buffer): Buffer {
  let end = bytes.length;
  while (end >= ZEROS.length && bytes.subarray(end - ZEROS.length, end).equals(ZEROS)) end -= ZEROS.length;
  return bytes.subarray(0, end);
}

function contentOf(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    if ((error as { code?: unknown }).code === 'ENOENT') return Buffer.alloc(0);
    throw error;
  }
}

const HEADER_BYTES = 61;

/** What is compressed in a segment of Kafka's log. Of a log that is none, nothing. */
async function batchesIn(segment: Buffer): Promise<Buffer[]> {
  const unpacked: Buffer[] = [];
  for (let at = 0; ;) {
    const batch = batchAt(segment, at);
    if (!batch || batch.magic !== 2) return unpacked;
    if (batch.codec) {
      const pieces: Buffer[] = [];
      for await (const piece of batch.codec.unpack(batch.bytes.subarray(HEADER_BYTES))) pieces.push(piece);
      unpacked.push(Buffer.concat(pieces));
    }
    at += batch.bytes.length;
  }
}

const TABLES = `
  select quote_ident(schemaname) || '.' || quote_ident(tablename) as name from pg_tables
  where schemaname not in ('pg_catalog', 'information_schema') order by 1`;

/** Where: `order order_contacts: ada@example.com`. */
export async function foundInDatabases(adminUrl: string, wanted: Needles): Promise<string[]> {
  const found: string[] = [];
  for (const database of await databasesOf(adminUrl)) {
    await connectedTo(inDatabase(adminUrl, database), async (client) => {
      const { rows: tables } = await client.query<{ name: string }>(TABLES);
      for (const { name } of tables) {
        // A table of the console's may be dropped meanwhile.
        const { rows } = await client
          .query<Record<string, unknown>>(`select * from ${name}`)
          .catch(() => ({ rows: [] }));
        const bytes = Buffer.concat(rows.flatMap((row) => Object.values(row).map(bytesOf)));
        for (const text of within(bytes, wanted)) found.push(`${database} ${name}: ${text}`);
      }
    });
  }
  return found;
}

async function databasesOf(adminUrl: string): Promise<string[]> {
  const found = await queryAt<{ name: string }>(
    adminUrl,
    'select datname as name from pg_database where datallowconn order by 1',
  );
  return found.map(({ name }) => name);
}

const SEPARATOR = Buffer.from('\n');
const bytesOf = (value: unknown): Buffer =>
  Buffer.concat([
    Buffer.isBuffer(value)
      ? value
      : Buffer.from(typeof value === 'string' ? value : (JSON.stringify(value) ?? '')),
    SEPARATOR,
  ]);
