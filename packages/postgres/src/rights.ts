/**
 * Who may do what in a service's database. Two roles: one owns the tables and migrates, the other works, with
 * rights on rows and on nothing else. What a stolen connection of the working role can do is what the service
 * does: it alters no table, empties none, and changes nothing of what is only ever added to.
 */
import pg, { type ClientBase } from 'pg';

/** Tables that are not like the others: all take, change and lose rows. */
export type TableRights = {
  /** The working role adds rows, and never changes or deletes one: the history of an aggregate, an audit. */
  appendOnly: readonly string[];
  /** It only looks: what was migrated. */
  readOnly: readonly string[];
};

const ROWS = ['SELECT', 'INSERT', 'UPDATE', 'DELETE'];
const SEQUENCE = ['USAGE'];

const wanted = (table: string, { appendOnly, readOnly }: TableRights): string[] =>
  readOnly.includes(table) ? ['SELECT'] : appendOnly.includes(table) ? ['SELECT', 'INSERT'] : ROWS;

type Held = { name: string; kind: 'table' | 'sequence'; held: string[] };

/** The caller's own tables, views and sequences in the schema, with what the role was granted on each. */
const HELD = `
  select c.relname as name, case c.relkind when 'S' then 'sequence' else 'table' end as kind,
         array(select acl.privilege_type from aclexplode(c.relacl) acl
               where acl.grantee = $1::regrole order by 1) as held
  from pg_class c
  where c.relnamespace = current_schema()::regnamespace and c.relkind in ('r', 'p', 'v', 'm', 'f', 'S')
    and pg_has_role(c.relowner, 'usage')
  order by c.oid`;

/**
 * Gives the working role what it needs of the tables there are, and takes away what is more. To be called by
 * their owner, with each migration. Tells whose rights were changed: nothing, where all is as it should be.
 */
export async function grantRights(
  client: ClientBase,
  worker: string,
  rights: TableRights,
): Promise<string[]> {
  const role = pg.escapeIdentifier(worker);
  const { rows } = await client.query<Held>(HELD, [role]);
  const changed = rows.flatMap(({ name, kind, held }) => {
    const due = kind === 'sequence' ? SEQUENCE : wanted(name, rights);
    return sameSet(due, held) ? [] : [{ name, kind, due }];
  });
  const { rows: schema } = await client.query<{ name: string; usage: boolean }>(
    `select current_schema() as name, has_schema_privilege($1, current_schema(), 'usage') as usage`,
    [worker],
  );
  const inSchema = schema[0]?.usage
    ? []
    : [`grant usage on schema ${pg.escapeIdentifier(schema[0]?.name ?? 'public')} to ${role}`];
  if (changed.length === 0 && inSchema.length === 0) return [];
  const statements = changed.flatMap(({ name, kind, due }) => {
    const thing = `${kind} ${pg.escapeIdentifier(name)}`;
    return [`revoke all on ${thing} from ${role}`, `grant ${due.join(', ')} on ${thing} to ${role}`];
  });
  // Together: nobody at work is without its rights for a moment.
  await client.query(['begin', ...inSchema, ...statements, 'commit'].join(';\n'));
  return changed.map(({ name }) => name);
}

const sameSet = (one: readonly string[], other: readonly string[]) =>
  one.length === other.length && one.every((each) => other.includes(each));
