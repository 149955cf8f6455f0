/**
 * Strangers at a console: what they write into its topics, what they ask, and what must hold of all that is
 * answered. For the tests, and for `npm run bench:hostile`.
 */
import http from 'node:http';
import { catalogue } from '@order-saga/contracts/catalogue';
import { inChunks } from '@sagakit/kafka/chunks';
import type { RecordSender } from '@sagakit/kafka/port';
import { hostileRecords, SECRETS } from '../../e2e/support/hostile.ts';
import { Stories, Story } from '../src/api.ts';
import { type HostileRequest, hostileRequests } from './hostile-requests.ts';

const AT_ONCE = 10;
const WITHIN_MS = 30_000;

/** About as many, in all topics alike. Says how many it wrote. */
export async function writeHostile(to: RecordSender, count: number, seed: number): Promise<number> {
  const topics = [...catalogue.topics.keys()];
  let written = 0;
  for (const [place, topic] of topics.entries()) {
    const records = hostileRecords(topic, Math.ceil(count / topics.length), seed + place);
    for (const chunk of inChunks(records, (record) => record)) {
      await to.send(chunk);
      written += chunk.length;
    }
  }
  return written;
}

type Asked = Pick<HostileRequest, 'method' | 'target'> & Partial<HostileRequest>;
/** `text` of what came compressed is nothing that can be read. */
type Answered = { status: number; type: string; text: string; isPacked: boolean };

export type Stranger = {
  ask(asked: Asked): Promise<Answered>;
  /** Throws at the first answer that must not be. */
  askAll(asked: Iterable<Asked>): Promise<Map<number, number>>;
  leave(): void;
};

/** Past fetch, which puts targets right and keeps some headers to itself. */
function askerOf(url: string) {
  const { hostname, port } = new URL(url);
  const agent = new http.Agent({ keepAlive: true, maxSockets: AT_ONCE });
  const ask = ({ method, target, headers = {}, body }: Asked) =>
    new Promise<Answered>((resolve, reject) => {
      const length = body === undefined ? {} : { 'content-length': Buffer.byteLength(body) };
      // An empty name is a name too, which http would put right.
      const setHost = headers['host'] === undefined;
      const options = { agent, hostname, port, method, path: target, timeout: WITHIN_MS, setHost };
      const request = http.request({ ...options, headers: { ...headers, ...length } }, (response) => {
        const { statusCode: status = 0 } = response;
        const { 'content-type': type = '', 'content-encoding': packed } = response.headers;
        let text = '';
        const answered = () => resolve({ status, type, text, isPacked: packed !== undefined });
        response.setEncoding('utf8').on('error', reject);
        response.on('data', (part: string) => (text += part)).on('end', answered);
        // It has no end.
        if (!type.startsWith('text/event-stream')) return;
        answered();
        response.destroy();
      });
      request.on('timeout', () => request.destroy(new Error(`no answer within ${WITHIN_MS} ms`)));
      request.on('error', reject).end(body);
    });
  return { ask, leave: () => agent.destroy() };
}

const FOR_MACHINES = /^\/(health\/|metrics$)/;
const READS = new Set(['GET', 'HEAD', 'OPTIONS']);
const OURS = /^(localhost|127\.0\.0\.1)(:|$)/;

/**
 * What is wrong with an answer, if anything is.
 *
 * @param page the only HTML that there is
 */
function faultOf(asked: Asked, answer: Answered, page: string): string | undefined {
  const { method, target, headers = {} } = asked;
  const { status, type, text, isPacked } = answer;
  // Who sells is somebody else, and may be away.
  if (status >= 500 && !(status === 503 && target.startsWith('/api/shop'))) return 'a 5xx';
  const path = target.split('?', 1)[0] ?? '';
  const strange = !OURS.test(headers['host'] ?? 'localhost') && !FOR_MACHINES.test(path);
  const writesFromElsewhere = headers['origin'] !== undefined && !READS.has(method);
  if ((strange || writesFromElsewhere) && status < 400) return 'it was let in';
  const isHtml = type.startsWith('text/html') && text !== '' && status !== 206 && !isPacked;
  if (isHtml && text !== page) return 'HTML that is not ours';
  const secret = SECRETS.find((one) => text.includes(one));
  return secret && `it shows ${secret}`;
}

export async function strangerAt(url: string): Promise<Stranger> {
  const { ask, leave } = askerOf(url);
  const page = (await ask({ method: 'GET', target: '/' })).text;
  return {
    ask,
    leave,
    async askAll(asked) {
      const seen = new Map<number, number>();
      const all = asked[Symbol.iterator]();
      const some = async () => {
        for (let next = all.next(); !next.done; next = all.next()) {
          const one = next.value;
          const said = () => JSON.stringify({ ...one, body: one.body?.slice(0, 200) });
          const answer = await ask(one).catch((cause: unknown) => {
            throw new Error(`${String(cause)}: ${said()}`, { cause });
          });
          const fault = faultOf(one, answer, page);
          if (fault) throw new Error(`${fault}: ${said()}: ${answer.status} ${answer.text.slice(0, 500)}`);
          seen.set(answer.status, (seen.get(answer.status) ?? 0) + 1);
        }
      };
      // Who meets a fault ends it for all.
      const orEnd = (error: unknown) => {
        all.return?.();
        throw error;
      };
      await Promise.all(Array.from({ length: AT_ONCE }, () => some().catch(orEnd)));
      return seen;
    },
  };
}

/**
 * So many requests, about all that the console says it can be asked.
 *
 * @param known headers that a third of them have
 */
export async function questions(
  { ask }: Stranger,
  { count, seed, known = {} }: { count: number; seed: number; known?: Record<string, string> },
): Promise<Iterable<Asked>> {
  const { paths } = JSON.parse((await ask({ method: 'GET', target: '/openapi.json' })).text) as {
    paths: Record<string, Record<string, { parameters?: { name: string }[] }>>;
  };
  const calls = Object.values(paths).flatMap((methods) => Object.values(methods));
  const names = [...new Set(calls.flatMap(({ parameters = [] }) => parameters.map(({ name }) => name)))];
  const next = hostileRequests(seed, { paths: Object.keys(paths), names });
  return (function* () {
    for (let n = 0; n < count; n++) {
      const one = next();
      yield n % 3 === 0 ? { ...one, headers: { ...known, ...one.headers } } : one;
    }
  })();
}

/** Of each kind of story so many of the newest, by id. */
export async function storiesAt({ ask }: Stranger, most: number): Promise<string[]> {
  const ids: string[] = [];
  for (const kind of ['order', 'stock', 'price', 'other']) {
    let cursor: string | undefined = '';
    for (let left = most; left > 0 && cursor !== undefined;) {
      const after = cursor && `&cursor=${cursor}`;
      const target = `/api/stories?kind=${kind}&limit=${Math.min(200, left)}${after}`;
      const { items, nextCursor } = Stories.parse(JSON.parse((await ask({ method: 'GET', target })).text));
      ids.push(...items.map(({ correlationId }) => correlationId));
      left -= items.length;
      cursor = nextCursor;
    }
  }
  return ids;
}

/** Every way to look at a story. */
export async function looksAt({ ask }: Stranger, id: string): Promise<Asked[]> {
  const address = `/api/stories/${encodeURIComponent(id)}`;
  const { status, text } = await ask({ method: 'GET', target: address });
  const story = status === 200 ? Story.parse(JSON.parse(text)) : undefined;
  const payloads = (story?.events ?? []).map(
    ({ source, id: message }) =>
      `/messages/${encodeURIComponent(source.replace(/^\//, ''))}/${encodeURIComponent(message)}`,
  );
  const parts = ['', '?at=1', '/export?as=json', '/export?as=mermaid', ...payloads];
  if (story?.orderId) parts.push('/money');
  return parts.map((part) => ({ method: 'GET', target: address + part }));
}
