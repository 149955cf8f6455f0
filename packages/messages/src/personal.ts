/**
 * Which fields of messages say who somebody is, and which are secrets: a mark in their schemas, and nowhere
 * else. What is shown, logged or kept beside the messages is masked by these marks.
 */
import { z } from 'zod';
import type { Catalogue } from './catalogue.ts';
import { Envelope } from './envelope.ts';
import { jsonSchemaOf } from './json-schema.ts';
import { type Marks, marksOf, namesIn } from './marks.ts';
import { CUT, maskAll, maskText, MAX_DEPTH } from './mask-value.ts';

/**
 * Marks what says who somebody is or where they live: it can be forgotten, and is masked for who looks. In
 * JSON Schema it is `"personal": true`. The last word about a schema: what `.max()` and the like make of it
 * is not marked.
 */
export const personal = <S extends z.ZodType>(schema: S): S => schema.meta({ personal: true });

/** Marks what lets its bearer do something. In JSON Schema `"secret": true`. */
export const secret = <S extends z.ZodType>(schema: S): S => schema.meta({ secret: true });

export type Masks = {
  /**
   * What marked fields are called, and no others: for what comes without a schema. A log hides fields by
   * these names.
   */
  names: ReadonlySet<string>;
  /**
   * The data of a message of that type, masked. A type or a field that no schema has goes by its name; of
   * what can be taken back, which is there for personal data, nothing is left but what its schema has and
   * does not mark.
   */
  data(type: string, data: unknown): unknown;
  /** An envelope, or whatever it is, as it was parsed. `topic`: where it lay. */
  message(json: unknown, topic?: string): unknown;
  /**
   * For who keeps it beside the messages: the same text if there is nothing in it to be masked. `parsed` is
   * what it says. Of what can be taken back nothing is left of what is hidden, since it is not taken back
   * there.
   */
  json(text: string, parsed: unknown, topic?: string): string;
  /**
   * Likewise of any text. What is no JSON is cut where a marked field is named; all of it, where it lay on a
   * topic whose messages can be taken back.
   */
  text(text: string, topic?: string): string;
  /** Where marked fields stand in an envelope that was masked: `data.deposit.token`. */
  paths(json: unknown): string[];
  /** Whether messages on that topic can be taken back. */
  isClosed(topic: string): boolean;
  /** Whether what has that type may hold what is marked. Undefined: no schema says what it holds. */
  mayHold(type: string): boolean | undefined;
};

/** A document that is no message, and may hold what is marked: the request of a call to the outside. */
export type Described = { name: string; schema: z.ZodType };

/** Topics for what can be taken back, and so for personal data. */
export const erasableTopics = ({ messages }: Pick<Catalogue, 'messages'>): ReadonlySet<string> =>
  new Set([...messages.values()].flatMap(({ erasure }) => erasure?.topic ?? []));

/**
 * @param others documents beside the messages, known by their names as messages are by their types
 * @throws Error if a mark stands where it cannot be followed, with its place
 */
export function masksOf(
  catalogue: Pick<Catalogue, 'messages' | 'schemas'>,
  others: readonly Described[] = [],
): Masks {
  const definitions = [...catalogue.messages.values()];
  const schemas = new Map<string, Marks>([
    ...definitions.map(
      (definition) =>
        [definition.type, marksOf(definition.type, jsonSchemaOf(catalogue, definition))] as const,
    ),
    ...others.map(({ name, schema }) => [name, marksOf(name, z.toJSONSchema(schema, FOR_READERS))] as const),
  ]);
  const { names, marked } = namesIn(schemas.values());
  const closedTopics = erasableTopics(catalogue);
  const closedTypes = new Set(definitions.flatMap(({ type, erasure }) => (erasure ? [type] : [])));
  const isClosed = (topic: string | undefined) => topic !== undefined && closedTopics.has(topic);
  const quick = marked.size > 0 ? new RegExp([...marked].map(asWritten).join('|')) : undefined;
  const namesMarked = (text: string) => quick !== undefined && (quick.test(text) || text.includes('\\u'));
  const ruleOf = (type: string, topic?: string): Rule => ({
    names,
    closed: closedTypes.has(type) || isClosed(topic),
    left: maskText,
  });
  const message = (json: unknown, topic?: string) =>
    maskMessage(json, schemas.get(typeOf(json)), ruleOf(typeOf(json), topic), isClosed(topic));
  const kept = (json: unknown, topic?: string) => {
    const rule = ruleOf(typeOf(json), topic);
    const left = rule.closed ? nothingLeft : rule.left;
    return maskMessage(json, schemas.get(typeOf(json)), { ...rule, left }, isClosed(topic));
  };
  return {
    names,
    data: (type, value) => maskPart(value, schemas.get(type), ruleOf(type), 0),
    message,
    json: (text, parsed, topic) =>
      isClosed(topic) || namesMarked(text) ? JSON.stringify(kept(parsed, topic)) : text,
    text(text, topic) {
      if (!isClosed(topic) && !namesMarked(text)) return text;
      try {
        return JSON.stringify(message(JSON.parse(text), topic));
      } catch {
        const at = isClosed(topic) ? undefined : quick?.exec(text)?.index;
        return at === undefined ? CUT : `${text.slice(0, at)}${CUT}`;
      }
    },
    paths: (json) => pathsOf(json, schemas.get(typeOf(json)), ruleOf(typeOf(json))),
    isClosed,
    mayHold(type) {
      const marks = schemas.get(type);
      return marks && (closedTypes.has(type) || namesIn([marks]).marked.size > 0);
    },
  };
}

/** How a name stands in JSON, for a RegExp. */
const asWritten = (name: string) => JSON.stringify(name).replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');

const FOR_READERS = { io: 'input', unrepresentable: 'any' } as const;

/**
 * `names`: what is hidden where no schema says what a field is. `closed`: all of that is, whatever it is
 * called. `left`: of a text that is hidden.
 */
type Rule = { names: ReadonlySet<string>; closed: boolean; left: (text: string) => string };

const nothingLeft = () => CUT;

const isHidden = (name: string, own: Marks | undefined, { names, closed }: Rule): boolean =>
  own ? own.hidden : closed || names.has(name);

/** Whether it is where the schema has something plain, and not something with fields. */
const isPlain = (marks: Marks | undefined) => marks?.fields.size === 0 && !marks.rest && !marks.items;

function maskPart(value: unknown, marks: Marks | undefined, rule: Rule, depth: number): unknown {
  if (marks?.hidden) return maskAll(value, depth, rule.left);
  if (typeof value !== 'object' || value === null)
    return rule.closed && !isPlain(marks) ? maskAll(value, depth, rule.left) : value;
  if (depth > MAX_DEPTH) return CUT;
  if (Array.isArray(value)) return value.map((inner) => maskPart(inner, marks?.items, rule, depth + 1));
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]): [string, unknown] => {
      const own = marks?.fields.get(name);
      return isHidden(name, own, rule)
        ? [name, maskAll(inner, depth + 1, rule.left)]
        : [name, maskPart(inner, own ?? marks?.rest, rule, depth + 1)];
    }),
  );
}

const typeOf = (json: unknown): string =>
  typeof json === 'object' && json !== null && 'type' in json && typeof json.type === 'string'
    ? json.type
    : '';

const ENVELOPE = marksOf('the envelope', z.toJSONSchema(Envelope, FOR_READERS));

/** @param closed where it lay only what an envelope has is shown */
function maskMessage(json: unknown, marks: Marks | undefined, rule: Rule, closed: boolean): unknown {
  if (typeof json !== 'object' || json === null || !('data' in json))
    return maskPart(json, undefined, { ...rule, closed }, 0);
  const { data, ...attributes } = json;
  const masked = maskPart(data, marks, rule, 0);
  const around = maskPart(attributes, closed ? ENVELOPE : undefined, { ...rule, closed }, 0) as object;
  // In the order in which they came.
  return Object.fromEntries(
    Object.keys(json).map((name) => [name, name === 'data' ? masked : Reflect.get(around, name)]),
  );
}

/** Only texts are told; what of them is left has a cut in it. */
function pathsOf(json: unknown, marks: Marks | undefined, rule: Rule): string[] {
  const found: string[] = [];
  const look = (value: unknown, own: Marks | undefined, path: string, inHidden: boolean, by: Rule): void => {
    if (typeof value === 'string') {
      if (inHidden && value.includes(CUT)) found.push(path);
      return;
    }
    if (typeof value !== 'object' || value === null) return;
    for (const [name, inner] of Object.entries(value)) {
      const marked = Array.isArray(value) ? own?.items : own?.fields.get(name);
      const hidden = inHidden || isHidden(name, marked, by);
      look(inner, marked ?? own?.rest, path ? `${path}.${name}` : name, hidden, by);
    }
  };
  if (typeof json !== 'object' || json === null) return found;
  const { data, ...attributes } = json as { data?: unknown };
  look(attributes, undefined, '', false, { ...rule, closed: false });
  look(data, marks, 'data', marks?.hidden ?? rule.names.has('data'), rule);
  return found;
}
