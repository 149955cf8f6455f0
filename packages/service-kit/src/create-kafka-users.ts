/**
 * Gives the users of a system's Kafka their passwords and exactly the rights that the system says, and ends.
 * A job that runs before the services start, as a user that administers, and as often as one likes: on a new
 * broker, on an old volume, after a password or a right was changed.
 *
 *   node packages/service-kit/src/create-kafka-users.ts contracts/src/rights.ts
 *
 * The file exports KAFKA_RIGHTS, by user.
 *
 * KAFKA_*         as for a service, of who may administer
 * PASSWORDS_DIR   holds a file `kafka-<user>-password` for each user, and may hold `kafka-admin-password` for
 *                 one that the broker counts among its super users
 * HAND_OUT_DIR    optional: the password of each user that has a folder there is written to
 *                 `<user>/kafka-password`, for all to read, so that a service needs no rights to the files
 *                 that it came from
 */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { makeUsers, type Rights, type User } from '@sagakit/kafka/admin/users';
import { connectionOf, KafkaSettings } from '@sagakit/kafka/settings';
import { quiet } from '@sagakit/resilience/log';
import { z } from 'zod';
import { ConfigError, readConfig } from './config.ts';
import { handOut, passwordIn } from './password-files.ts';

const Config = KafkaSettings.extend({
  PASSWORDS_DIR: z.string().min(1),
  HAND_OUT_DIR: z.string().optional(),
});
type Config = z.infer<typeof Config>;

const ADMIN = 'admin';

const fileOf = (user: string) => `kafka-${user}-password`;

async function main(config: Config, rights: Readonly<Record<string, Rights>>): Promise<void> {
  const { PASSWORDS_DIR: folder, HAND_OUT_DIR } = config;
  const users = new Map<string, User>(
    Object.entries(rights).map(([user, own]) => [
      user,
      { password: passwordIn(folder, fileOf(user)), rights: own },
    ]),
  );
  if (existsSync(path.join(folder, fileOf(ADMIN))))
    users.set(ADMIN, { password: passwordIn(folder, fileOf(ADMIN)) });
  const changed = await makeUsers(connectionOf(config, 'create-kafka-users'), users, quiet);
  // After Kafka knows them: nobody is told one that does not work yet.
  if (HAND_OUT_DIR)
    for (const [user, { password }] of users) {
      const own = path.join(HAND_OUT_DIR, user);
      if (existsSync(own)) handOut(path.join(own, 'kafka-password'), password);
    }
  console.log(changed.length > 0 ? `gave rights to ${changed.join(', ')}` : 'all have their rights');
}

try {
  const [file] = process.argv.slice(2);
  if (file === undefined)
    throw new ConfigError(['whose rights? node create-kafka-users.ts contracts/src/rights.ts']);
  const { KAFKA_RIGHTS } = (await import(pathToFileURL(path.resolve(file)).href)) as {
    KAFKA_RIGHTS: Readonly<Record<string, Rights>>;
  };
  await main(readConfig(Config, process.env), KAFKA_RIGHTS);
} catch (error) {
  console.error(error instanceof ConfigError ? error.message : error);
  process.exit(1);
}
