/**
 * A password of Kafka is changed in containers while orders come, by the commands of the docs as they stand
 * there: no order is lost, and the old one is of no use.
 */
import { kafkaOf } from '../../tools/stack/state.ts';
import { asksKafka } from '@sagakit/testing/asks-kafka';
import { underLoad } from '../support/load.ts';
import { commandsIn, run } from '../support/runbook.ts';
import { expect, stack, test } from '../support/story.ts';

test.setTimeout(240_000);

const PAGES = {
  'docs/runbooks/leaked-kafka-password.md': [
    'npm run stack -- rotate kafka-payment',
    'npm run stack -- restart kafka',
  ],
  'infra/compose/secrets/README.md': [
    'head -c 24 /dev/urandom | base64 > infra/compose/secrets/kafka-payment-password',
    'docker compose run --rm --no-deps kafka-users',
    'docker compose restart kafka',
  ],
};

for (const [page, expected] of Object.entries(PAGES))
  test(`a service's password at Kafka is changed under load as ${page} says, and no order is lost`, async () => {
    const commands = commandsIn(page).filter((command) => command.includes('kafka'));
    expect(commands).toEqual(expected);
    const before = kafkaOf(stack(), 'e2e', 'payment');
    const { accepted } = await underLoad(async () => {
      for (const command of commands) await run(command);
      await run('npm run stack -- status');
    });
    expect(accepted.length).toBeGreaterThan(10);

    const now = kafkaOf(stack(), 'e2e', 'payment');
    expect(now.sasl?.password).not.toBe(before.sasl?.password);
    expect(await asksKafka(now)).toContain('payment.events');
    await expect(asksKafka(before)).rejects.toThrow(/invalid credentials/i);
  });
