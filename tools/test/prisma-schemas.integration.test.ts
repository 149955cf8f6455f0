/**
 * `schema.prisma` is what HTTP's reads believe, the migrations are what the database has: they must say the
 * same. Both are compared column by column: the schema as Prisma's own parser reads it, the database as its
 * catalogue tells it.
 */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { pathToFileURL } from 'node:url';
import { migrate } from '@sagakit/postgres/migrate';
import { connectedTo } from '@sagakit/testing/connected';
import { freshDatabase } from '@sagakit/testing/infrastructure';
import type pg from 'pg';
import { ROOT } from '../stack/state.ts';

type Column = { type: string; nullable: boolean; key: number };
type Tables = Record<string, Record<string, Column>>;

const TYPES: Record<string, string> = {
  'String @db.Uuid': 'uuid',
  String: 'text',
  Int: 'int4',
  BigInt: 'int8',
  Boolean: 'bool',
  Json: 'jsonb',
  'Json @db.Json': 'json',
  'DateTime @db.Timestamptz(3)': 'timestamptz(3)',
};

function schemaSays(text: string): { tables: Tables; indexes: string[] } {
  const tables: Tables = {};
  const indexes: string[] = [];
  for (const [, body = ''] of text.matchAll(/^model \w+ \{\n([\s\S]*?)^\}/gm)) {
    const table = /@@map\("(\w+)"\)/.exec(body)?.[1];
    assert.ok(table, 'every model names its table');
    const columns: Record<string, Column> = {};
    const names = new Map<string, string>();
    for (const line of body.split('\n')) {
      const field = /^\s+(\w+)\s+(\w+)(\??)\s*(.*)$/.exec(line);
      if (!field || line.trim().startsWith('//')) continue;
      const [, name = '', type = '', optional, attributes = ''] = field;
      const column = /@map\("(\w+)"\)/.exec(attributes)?.[1] ?? name;
      const native = /@db\.\S+/.exec(attributes)?.[0];
      const known = TYPES[native ? `${type} ${native}` : type];
      assert.ok(known, `${table}.${column}: ${type} ${native ?? ''} is not known to this test`);
      names.set(name, column);
      columns[column] = { type: known, nullable: optional === '?', key: / ?@id\b/.test(attributes) ? 1 : 0 };
    }
    const list = (text: string) => text.split(',').map((name) => names.get(name.trim()) as string);
    const composite = /@@id\(\[(.*?)\]\)/.exec(body)?.[1];
    if (composite)
      list(composite).forEach((column, at) => Object.assign(columns[column] as Column, { key: at + 1 }));
    for (const [, fields = '', type = 'btree'] of body.matchAll(/@@index\(\[(.*?)\](?:, type: (\w+))?\)/g))
      indexes.push(`${table} ${type.toLowerCase()} (${list(fields).join(', ')})`);
    tables[table] = columns;
  }
  return { tables, indexes: indexes.sort() };
}

async function databaseSays(client: pg.Client): Promise<{ tables: Tables; indexes: string[] }> {
  const { rows } = await client.query<{
    table: string;
    column: string;
    type: string;
    precision: number | null;
    nullable: boolean;
    key: number | null;
  }>(`
    select c.table_name as table, c.column_name as column, c.udt_name as type, c.datetime_precision as precision, c.is_nullable = 'YES' as nullable,
      (select k.ordinal_position from information_schema.key_column_usage k join information_schema.table_constraints t using (constraint_name, table_name)
       where t.constraint_type = 'PRIMARY KEY' and k.table_name = c.table_name and k.column_name = c.column_name) as key
    from information_schema.columns c where c.table_schema = 'public' and c.table_name <> '_prisma_migrations'`);
  const tables: Tables = {};
  for (const { table, column, type, precision, nullable, key } of rows) {
    tables[table] ??= {};
    tables[table][column] = {
      type: type === 'timestamptz' ? `timestamptz(${precision})` : type,
      nullable,
      key: key ?? 0,
    };
  }
  const found = await client.query<{ definition: string }>(`
    select regexp_replace(indexdef, '.* ON public\\.(\\w+) USING (\\w+) ', '\\1 \\2 ') as definition from pg_indexes
    where schemaname = 'public' and indexname not like '%_pkey'`);
  return { tables, indexes: found.rows.map(({ definition }) => definition).sort() };
}

describe('schema.prisma and the migrations say the same', () => {
  for (const service of readdirSync(path.join(ROOT, 'services'))) {
    it(service, async () => {
      const prisma = path.join(ROOT, 'services', service, 'prisma');
      const database = await freshDatabase();
      await migrate(database.url, [
        { folder: pathToFileURL(`${prisma}/migrations/`), table: '_prisma_migrations' },
      ]);
      const real = await connectedTo(database.url, databaseSays);
      assert.deepEqual(schemaSays(readFileSync(path.join(prisma, 'schema.prisma'), 'utf8')), real);
      assert.ok(Object.keys(real.tables).length > 0);
      await database.drop();
    });
  }
});
