/**
 * One database per service on one server, and who may do what there: an owner, who makes and changes its
 * tables, and the role that works, which reaches its own database only and has rights on rows only. Each can
 * be said again at any time; what a release before this one left (one role that was both) is made good.
 */
import pg, { Client } from 'pg';

/** The role's name is its database's too. */
export type Working = {
  role: string;
  password: string;
  /** Who owns the database; left out: the role itself (it makes schemas while it works). */
  owner?: Owner;
};

/** @param validForS its password is of no use any more after so many seconds. Default: it is for ever */
export type Owner = { role: string; password: string; validForS?: number };

export const roleOf = (service: string) => service.replaceAll('-', '_');
export const ownerOf = (service: string) => `${roleOf(service)}_owner`;

/**
 * Two jobs at once would both find that something is missing. Any number will do, if nobody else takes it.
 */
const LOCK = 'select pg_advisory_lock(7064219)';
const UNLOCK = 'select pg_advisory_unlock(7064219)';

/**
 * Creates what is missing, and makes good what is there: owners, rights, passwords. Nothing is ever dropped.
 * Tells what was not as it should be (but for passwords, which nobody can look at: they are set each time).
 * Needs a superuser's connection.
 *
 * @param adminUrl of the same server: what lies inside a database needs a connection to it
 */
export async function createDatabases(
  client: Client,
  adminUrl: string,
  working: readonly Working[],
): Promise<string[]> {
  await client.query(LOCK);
  try {
    const done: string[] = [];
    for (const { role, password, owner } of working) {
      if (owner) done.push(...(await makeRole(client, owner)));
      done.push(...(await makeRole(client, { role, password })));
      done.push(...(await makeDatabase(client, role, owner?.role ?? role)));
      if (owner) done.push(...(await makeRights(adminUrl, role, owner.role)));
    }
    done.push(...(await closeServersOwn(client)));
    return done;
  } finally {
    await client.query(UNLOCK).catch(() => {}); // the lock goes with its connection
  }
}

async function makeRole(client: Client, { role, password, validForS }: Owner): Promise<string[]> {
  const name = pg.escapeIdentifier(role); // it may be a keyword
  const isNew = await missing(client, 'select from pg_roles where rolname = $1', role);
  if (isNew) await client.query(`create role ${name}`);
  const { rows } = await client.query<{ until: string }>(
    `select coalesce((now() + $1 * interval '1 second')::text, 'infinity') as until`,
    [validForS ?? null],
  );
  const until = pg.escapeLiteral(rows[0]?.until ?? 'infinity');
  await client.query(
    `alter role ${name} login nosuperuser nocreatedb nocreaterole noreplication nobypassrls connection limit -1
       valid until ${until} password ${pg.escapeLiteral(password)}`,
  );
  return isNew ? [`role ${role}`] : [];
}

const AS_IT_SHOULD_BE = `
  select from pg_database where datname = $1 and pg_get_userbyid(datdba) = $2 and datallowconn and datconnlimit = -1
    and not exists (select from aclexplode(coalesce(datacl, acldefault('d', datdba))) where grantee = 0)
    and has_database_privilege($1, datname, 'connect')
    and ($1::name = $2::name or not has_database_privilege($1, datname, 'create, temporary'))`;

async function makeDatabase(client: Client, role: string, owner: string): Promise<string[]> {
  const done: string[] = [];
  const [name, ownerName] = [pg.escapeIdentifier(role), pg.escapeIdentifier(owner)];
  if (await missing(client, 'select from pg_database where datname = $1', role)) {
    await client.query(`create database ${name} owner ${ownerName}`);
    done.push(`database ${role}`);
  }
  if ((await client.query(AS_IT_SHOULD_BE, [role, owner])).rowCount) return done;
  await client.query(`alter database ${name} owner to ${ownerName}`);
  await client.query(`alter database ${name} allow_connections true connection limit -1`);
  await client.query(`revoke all on database ${name} from public`);
  if (owner !== role) {
    await client.query(`revoke all on database ${name} from ${name}`);
    await client.query(`grant connect on database ${name} to ${name}`);
  }
  return [...done, `access to ${role}`];
}

/** What the role owns itself, in this database and of it. */
const OWNED = `
  select from pg_shdepend where refclassid = 'pg_authid'::regclass and refobjid = $1::text::regrole and deptype = 'o'
    and dbid = (select oid from pg_database where datname = current_database()) limit 1`;

/**
 * Inside the database. A release before made everything as the role that works: it is the owner's from here
 * on, in one step for those who are at work meanwhile. Which tables only grow, the next migration says.
 */
async function makeRights(adminUrl: string, role: string, owner: string): Promise<string[]> {
  const [name, ownerName] = [pg.escapeIdentifier(role), pg.escapeIdentifier(owner)];
  const client = new Client({ connectionString: inDatabase(adminUrl, role), connectionTimeoutMillis: 5_000 });
  client.on('error', () => {}); // the query under way reports it
  await client.connect();
  try {
    const done: string[] = [];
    if ((await client.query(OWNED, [name])).rowCount) {
      await client.query(`
        begin;
        reassign owned by ${name} to ${ownerName};
        grant select, insert, update, delete on all tables in schema public to ${name};
        grant usage on all sequences in schema public to ${name};
        commit`);
      done.push(`owner of what is in ${role}`);
    }
    const { rows } = await client.query<{ creates: boolean }>(
      `select has_schema_privilege($1, 'public', 'create') as creates`,
      [role],
    );
    if (rows[0]?.creates) {
      await client.query(`revoke create on schema public from public, ${name}`);
      done.push(`schema of ${role}`);
    }
    return done;
  } finally {
    await client.end().catch(() => {});
  }
}

/** The same address with another database. An address over a socket is no URL to JavaScript. */
export const inDatabase = (adminUrl: string, database: string): string =>
  adminUrl.replace(
    /^(\w+:\/\/[^/?]*\/?)[^?]*/,
    (_whole, server: string) => `${server.replace(/\/?$/, '/')}${encodeURIComponent(database)}`,
  );

/** By default every role of a server may connect to these, and make temporary tables there. */
async function closeServersOwn(client: Client): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    `select datname as name from pg_database where datname in ('postgres', 'template1')
       and exists (select from aclexplode(coalesce(datacl, acldefault('d', datdba))) where grantee = 0) order by 1`,
  );
  for (const { name } of rows) await client.query(`revoke all on database ${name} from public`);
  return rows.map(({ name }) => `access to ${name}`);
}

const missing = async (client: Client, sql: string, name: string) =>
  (await client.query(sql, [name])).rowCount === 0;

/** The connection's own role. */
export async function setOwnPassword(client: Client, password: string): Promise<void> {
  await client.query(`alter role current_user password ${pg.escapeLiteral(password)}`);
}

/**
 * The official image lets others than itself in by a line that it appends when the cluster is there:
 * interrupted before that it never does. To be called over the server's own socket, which is always let in.
 * True if the line was missing.
 */
export async function letNetworkIn(client: Client): Promise<boolean> {
  const { rowCount } = await client.query(
    `select from pg_hba_file_rules where type in ('host', 'hostssl') and database @> '{all}' and user_name @> '{all}' and address = 'all'`,
  );
  if (rowCount) return false;
  // Byte for byte: COPY would escape what the file holds.
  const { rows } = await client.query<{ oid: string; file: string }>(
    `select lo_from_bytea(0, convert_to(pg_read_file(file) || E'\\nhost all all all scram-sha-256\\n', 'UTF8')) as oid, file
       from current_setting('hba_file') as file`,
  );
  for (const { oid, file } of rows) {
    await client.query('select lo_export($1, $2), lo_unlink($1)', [oid, file]);
  }
  await client.query('select pg_reload_conf()');
  return true;
}
