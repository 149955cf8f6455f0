/** Who writes and who reads each topic, as a table for people. */
import { KAFKA_RIGHTS, type KafkaUser } from '@order-saga/contracts/rights';
import { TOPICS } from '@order-saga/contracts/topics';

const PLACE = /(<!-- >>> rights per topic -->\n)[\s\S]*(<!-- <<< rights per topic -->)/;

export const RIGHTS_PAGE = 'docs/security-kafka.md';

function table(): string {
  const users = Object.entries(KAFKA_RIGHTS) as [KafkaUser, (typeof KAFKA_RIGHTS)[KafkaUser]][];
  const who = (topic: string, may: 'writes' | 'reads') =>
    users.filter(([, rights]) => rights[may].some((one) => one === topic)).map(([user]) => user);
  const rows = Object.keys(TOPICS).map(
    (topic) => `| \`${topic}\` | ${who(topic, 'writes').join(', ')} | ${who(topic, 'reads').join(', ')} |\n`,
  );
  return `| topic | written by | read by |\n|---|---|---|\n${rows.join('')}`;
}

/** Throws if the page has no such place. */
export function withRightsTable(page: string): string {
  if (!PLACE.test(page)) throw new Error(`${RIGHTS_PAGE} has no place for the rights per topic`);
  return page.replace(PLACE, (_, begin: string, end: string) => `${begin}${table()}${end}`);
}
