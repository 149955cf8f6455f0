/**
 * Which fields of messages say who somebody is, and which are secrets: a mark in their schemas, and nowhere
 * else. What is shown, logged or kept beside the messages is masked by these marks.
 */
import { z } from 'zod';
import type { Catalogue } from './catalogue.ts';
import { jsonSchemaOf } from './json-schema.ts';
import { CUT, maskAll, MAX_DEPTH } from './mask-value.ts';

/**
 * Marks what says who somebody is or where they live: it can be forgotten, and is masked for who looks. In
 * JSON Schema it is `"personal": true`. The last word about a schema: what `.max()` and the like make of it
 * is not marked.
 */
export const personal = <S extends z.ZodType>(schema: S): S => schema.meta({ personal: true });

/** Marks what lets its bearer do something. In JSON Schema `"secret": true`. */
export const secret = <S extends z.ZodType>(schema: S): S => schema.meta({ secret: true });

/** What marks say about the places of a document, by the document's schema. */
type Marks = { hidden: boolean; fields: ReadonlyMap<string, Marks>; items: Marks | undefined };

export type Masks = {
  /**
   * What marked fields are called, and no others: for what comes without a schema. A log hides fields by
   * these names.
   */
  names: ReadonlySet<string>;
  /** The data of a message of that type, masked. A type or a field that no schema has goes by its name. */
  data(type: string, data: unknown): unknown;
  /** An envelope, or whatever it is, as it was parsed. */
  message(json: unknown): unknown;
  /** The same text if there is nothing in it to be masked. `parsed` is what it says. */
  json(text: string, parsed: unknown): string;
  /** Likewise of any text. What is no JSON is cut where a marked field is named. */
  text(text: string): string;
  /** Where marked fields stand in an envelope that was masked: `data.deposit.token`. */
  paths(json: unknown): string[];
};

/** A document that is no message, and may hold what is marked: the request of a call to the outside. */
export type Described = { name: string; schema: z.ZodType };

/** @param others documents beside the messages, known by their names as messages are by their types */
export function masksOf(
  catalogue: Pick<Catalogue, 'messages' | 'schemas'>,
  others: readonly Described[] = [],
): Masks {
  const schemas = new Map<string, Marks>([
    ...[...catalogue.messages.values()].map(
      (definition) => [definition.type, marksOf(jsonSchemaOf(catalogue, definition) as JsonSchema)] as const,
    ),
    ...others.map(
      ({ name, schema }) => [name, marksOf(z.toJSONSchema(schema, FOR_READERS) as JsonSchema)] as const,
    ),
  ]);
  const { names, marked } = namesIn(schemas.values());
  const quick = marked.size > 0 ? new RegExp(`"(${[...marked].join('|')})"`) : undefined;
  const mayHold = (text: string) => quick !== undefined && (quick.test(text) || text.includes('\\u'));
  const data = (type: string, value: unknown) => maskPart(value, schemas.get(type), names, 0);
  const message = (json: unknown) => maskMessage(json, data, names);
  return {
    names,
    data,
    message,
    json: (text, parsed) => (mayHold(text) ? JSON.stringify(message(parsed)) : text),
    text(text) {
      if (!mayHold(text)) return text;
      try {
        return JSON.stringify(message(JSON.parse(text)));
      } catch {
        const at = quick?.exec(text)?.index;
        return at === undefined ? CUT : `${text.slice(0, at)}${CUT}`;
      }
    },
    paths: (json) => pathsOf(json, schemas, names),
  };
}

const FOR_READERS = { io: 'input', unrepresentable: 'any' } as const;

/** As much of JSON Schema as a mark can stand in. */
type JsonSchema = {
  personal?: boolean;
  secret?: boolean;
  properties?: Readonly<Record<string, JsonSchema>>;
  items?: JsonSchema;
  anyOf?: readonly JsonSchema[];
  oneOf?: readonly JsonSchema[];
  allOf?: readonly JsonSchema[];
};

function marksOf(schema: JsonSchema): Marks {
  const all = [schema, ...(schema.anyOf ?? []), ...(schema.oneOf ?? []), ...(schema.allOf ?? [])];
  const inside = all.slice(1).map(marksOf);
  const fields = new Map(inside.flatMap((marks) => [...marks.fields]));
  for (const [name, field] of Object.entries(schema.properties ?? {})) fields.set(name, marksOf(field));
  return {
    hidden: schema.personal === true || schema.secret === true || inside.some(({ hidden }) => hidden),
    fields,
    items: schema.items ? marksOf(schema.items) : inside.find(({ items }) => items)?.items,
  };
}

/**
 * `marked`: every name under which a marked field stands. `names` lacks those that stand for something else
 * too: `name` is a guest's, and a dish's.
 */
function namesIn(schemas: Iterable<Marks>): { names: ReadonlySet<string>; marked: ReadonlySet<string> } {
  const marked = new Set<string>();
  const unmarked = new Set<string>();
  const look = (marks: Marks, inHidden: boolean): void => {
    for (const [name, field] of marks.fields) {
      if (field.hidden) marked.add(name);
      else if (!inHidden) unmarked.add(name);
      look(field, inHidden || field.hidden);
    }
    if (marks.items) look(marks.items, inHidden || marks.items.hidden);
  };
  for (const schema of schemas) look(schema, false);
  return { names: new Set([...marked].filter((name) => !unmarked.has(name))), marked };
}

type Names = ReadonlySet<string>;

const isHidden = (name: string, own: Marks | undefined, names: Names): boolean =>
  own ? own.hidden : names.has(name);

function maskPart(value: unknown, marks: Marks | undefined, names: Names, depth: number): unknown {
  if (typeof value !== 'object' || value === null) return marks?.hidden ? maskAll(value, depth) : value;
  if (depth > MAX_DEPTH) return CUT;
  if (marks?.hidden) return maskAll(value, depth);
  if (Array.isArray(value)) return value.map((inner) => maskPart(inner, marks?.items, names, depth + 1));
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]): [string, unknown] => {
      const own = marks?.fields.get(name);
      return isHidden(name, own, names)
        ? [name, maskAll(inner, depth + 1)]
        : [name, maskPart(inner, own, names, depth + 1)];
    }),
  );
}

const typeOf = (json: object): string => ('type' in json && typeof json.type === 'string' ? json.type : '');

function maskMessage(json: unknown, data: Masks['data'], names: Names): unknown {
  if (typeof json !== 'object' || json === null || !('data' in json))
    return maskPart(json, undefined, names, 0);
  const { data: own, ...attributes } = json;
  const masked = data(typeOf(json), own);
  const around = maskPart(attributes, undefined, names, 0) as object;
  // In the order in which they came.
  return Object.fromEntries(
    Object.keys(json).map((name) => [name, name === 'data' ? masked : Reflect.get(around, name)]),
  );
}

/** Only texts are told; what of them is left has a cut in it. */
function pathsOf(json: unknown, schemas: ReadonlyMap<string, Marks>, names: Names): string[] {
  const found: string[] = [];
  const look = (value: unknown, marks: Marks | undefined, path: string, inHidden: boolean): void => {
    if (typeof value === 'string') {
      if (inHidden && value.includes(CUT)) found.push(path);
      return;
    }
    if (typeof value !== 'object' || value === null) return;
    for (const [name, inner] of Object.entries(value)) {
      const own = Array.isArray(value) ? marks?.items : marks?.fields.get(name);
      look(inner, own, path ? `${path}.${name}` : name, inHidden || isHidden(name, own, names));
    }
  };
  if (typeof json !== 'object' || json === null) return found;
  const { data, ...attributes } = json as { data?: unknown };
  look(attributes, undefined, '', false);
  const marks = schemas.get(typeOf(json));
  look(data, marks, 'data', marks?.hidden ?? names.has('data'));
  return found;
}
