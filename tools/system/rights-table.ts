/** Who may do what at Kafka, as tables for people. */
import { KAFKA_RIGHTS, type KafkaUser } from '@order-saga/contracts/rights';
import { SERVICES } from '@order-saga/contracts/system';
import { TOPICS } from '@order-saga/contracts/topics';

export const RIGHTS_PAGE = 'docs/security.md';

function perTopic(): string {
  const users = Object.entries(KAFKA_RIGHTS) as [KafkaUser, (typeof KAFKA_RIGHTS)[KafkaUser]][];
  const who = (topic: string, may: 'writes' | 'reads') =>
    users.filter(([, rights]) => rights[may].some((one) => one === topic)).map(([user]) => user);
  const rows = Object.keys(TOPICS).map(
    (topic) => `| \`${topic}\` | ${who(topic, 'writes').join(', ')} | ${who(topic, 'reads').join(', ')} |\n`,
  );
  return `| topic | written by | read by |\n|---|---|---|\n${rows.join('')}`;
}

function perThief(): string {
  const listed = (topics: readonly string[]) => topics.map((topic) => `\`${topic}\``).join(', ') || 'nothing';
  const rows = SERVICES.map((service) => {
    const { reads, writes } = KAFKA_RIGHTS[service];
    return `| ${service} | ${listed(reads)} | ${listed(writes)} | its own rows |\n`;
  });
  return `| of | reads at Kafka | writes at Kafka | at PostgreSQL |\n|---|---|---|---|\n${rows.join('')}`;
}

const TABLES: Readonly<Record<string, () => string>> = {
  'rights per topic': perTopic,
  'what a thief may': perThief,
};

/** Throws if the page has not a place for each. */
export function withRightsTable(page: string): string {
  return Object.entries(TABLES).reduce((text, [name, table]) => {
    const place = new RegExp(`(<!-- >>> ${name} -->\\n)[\\s\\S]*(<!-- <<< ${name} -->)`);
    if (!place.test(text)) throw new Error(`${RIGHTS_PAGE} has no place for ${name}`);
    return text.replace(place, (_, begin: string, end: string) => `${begin}${table()}${end}`);
  }, page);
}
