/**
 * One role and one database per service, on one server; a role can reach its own database only. Each can be
 * said again at any time.
 */
import pg, { type Client } from 'pg';

/** The role's name is its database's too. */
export type Owner = { role: string; password: string };

export const roleOf = (service: string) => service.replaceAll('-', '_');

/**
 * Two jobs at once would both find that something is missing. Any number will do, if nobody else takes it.
 */
const LOCK = 'select pg_advisory_lock(7064219)';
const UNLOCK = 'select pg_advisory_unlock(7064219)';

/**
 * Creates what is missing, and makes good what is there: rights, owners, passwords. Nothing is ever dropped.
 * Tells what was not as it should be (but for passwords, which nobody can look at: they are set each time).
 * Needs a superuser's connection.
 */
export async function createDatabases(client: Client, owners: readonly Owner[]): Promise<string[]> {
  await client.query(LOCK);
  try {
    const done: string[] = [];
    for (const { role, password } of owners) {
      const name = pg.escapeIdentifier(role); // it may be a keyword
      if (await missing(client, 'select from pg_roles where rolname = $1', role)) {
        await client.query(`create role ${name}`);
        done.push(`role ${role}`);
      }
      await client.query(
        `alter role ${name} login nosuperuser nocreatedb nocreaterole connection limit -1 valid until 'infinity' password ${pg.escapeLiteral(password)}`,
      );
      if (await missing(client, 'select from pg_database where datname = $1', role)) {
        await client.query(`create database ${name} owner ${name}`);
        done.push(`database ${role}`);
      }
      const asItShouldBe = `select from pg_database where datname = $1 and pg_get_userbyid(datdba) = $1 and datallowconn and datconnlimit = -1
        and not exists (select from aclexplode(coalesce(datacl, acldefault('d', datdba))) where grantee = 0)`;
      if (await missing(client, asItShouldBe, role)) {
        await client.query(`alter database ${name} owner to ${name}`);
        await client.query(`alter database ${name} allow_connections true connection limit -1`);
        await client.query(`revoke all on database ${name} from public`);
        done.push(`access to ${role}`);
      }
    }
    return done;
  } finally {
    await client.query(UNLOCK).catch(() => {}); // the lock goes with its connection
  }
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
    `select from pg_hba_file_rules where type = 'host' and database @> '{all}' and user_name @> '{all}' and address = 'all'`,
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
