/** Where marks stand in a JSON Schema, and so in the documents that it describes. */

/** What marks say about the places of a document. Of a schema that holds itself they are a circle. */
export type Marks = {
  hidden: boolean;
  readonly fields: Map<string, Marks>;
  /** Of fields that are not among those: the values of a record. */
  rest: Marks | undefined;
  items: Marks | undefined;
};

/** As much of JSON Schema as a mark is followed through. */
type JsonSchema = {
  personal?: boolean;
  secret?: boolean;
  $ref?: string;
  $defs?: Readonly<Record<string, JsonSchema>>;
  properties?: Readonly<Record<string, JsonSchema>>;
  additionalProperties?: JsonSchema | boolean;
  prefixItems?: readonly JsonSchema[];
  items?: JsonSchema | boolean;
  anyOf?: readonly JsonSchema[];
  oneOf?: readonly JsonSchema[];
  allOf?: readonly JsonSchema[];
};

const isMarked = ({ personal, secret }: JsonSchema) => personal === true || secret === true;

/**
 * Hidden wins: in the field that one variant of a union marks, in all places of a tuple of which one is
 * marked, and in what holds something marked that has no name of its own (the elements of a list, the values
 * of a record), since all who look for marked fields go by names.
 *
 * @param what whose schema it is, for the error
 * @param document a JSON Schema (2020-12) as zod makes it
 * @throws Error if a mark stands where it cannot be followed: as the names of a record
 */
export function marksOf(what: string, document: object): Marks {
  const known = new Map<string, Marks>();
  /** By the order in which they were met. */
  const followed = new Map<JsonSchema, number>();

  /** A place for which there are several schemas goes by all of them at once. */
  function at(places: readonly (JsonSchema | boolean | undefined)[]): Marks | undefined {
    const schemas = variantsOf(places, document);
    if (schemas.length === 0) return undefined;
    for (const schema of schemas) if (!followed.has(schema)) followed.set(schema, followed.size);
    const key = schemas
      .map((schema) => followed.get(schema))
      .sort()
      .join();
    const before = known.get(key);
    if (before) return before;
    const marks: Marks = {
      hidden: schemas.some(isMarked),
      fields: new Map(),
      rest: undefined,
      items: undefined,
    };
    known.set(key, marks);
    for (const name of new Set(schemas.flatMap(({ properties }) => Object.keys(properties ?? {})))) {
      const field = at(
        schemas.map(({ properties, additionalProperties }) => properties?.[name] ?? additionalProperties),
      );
      if (field) marks.fields.set(name, field);
    }
    marks.rest = at(schemas.map(({ additionalProperties }) => additionalProperties));
    marks.items = at(schemas.flatMap(({ prefixItems = [], items }) => [...prefixItems, items]));
    return marks;
  }

  const root = at([document]) as Marks;
  const lost = placesOfMarks(document, '').find(({ schema }) => !followed.has(schema));
  if (lost)
    throw new Error(`${what}: the mark at ${lost.path} cannot be followed: nothing would be masked there`);
  hideWhatHolds([...known.values()]);
  return root;
}

/** The schemas themselves, their variants, and what they refer to. */
function variantsOf(
  places: readonly (JsonSchema | boolean | undefined)[],
  document: JsonSchema,
): readonly JsonSchema[] {
  const all = new Set<JsonSchema>();
  const add = (schema: JsonSchema | boolean | undefined): void => {
    if (typeof schema !== 'object' || all.has(schema)) return;
    all.add(schema);
    const { $ref, anyOf = [], oneOf = [], allOf = [] } = schema;
    if ($ref !== undefined) add($ref === '#' ? document : document.$defs?.[$ref.slice('#/$defs/'.length)]);
    for (const variant of [...anyOf, ...oneOf, ...allOf]) add(variant);
  };
  places.forEach(add);
  return [...all];
}

/** Until nothing more is: in a circle it is not known at first whether the inner one is hidden. */
function hideWhatHolds(all: readonly Marks[]): void {
  const next = all.find(({ hidden, rest, items }) => !hidden && (rest?.hidden || items?.hidden));
  if (!next) return;
  next.hidden = true;
  hideWhatHolds(all);
}

/** What is under these is named by whoever wrote the schema; what is under those is no schema. */
const NAMED = new Set(['properties', 'patternProperties', '$defs']);
const DATA = new Set(['default', 'const', 'enum', 'examples']);

/** All marked schemas in a document, wherever they stand. */
function placesOfMarks(schema: unknown, path: string): { schema: JsonSchema; path: string }[] {
  if (typeof schema !== 'object' || schema === null) return [];
  const inner = Object.entries(schema).flatMap(([key, value]: [string, unknown]) => {
    if (DATA.has(key)) return [];
    const place = `${path}/${key}`;
    if (!NAMED.has(key)) return placesOfMarks(value, place);
    return Object.entries(value as object).flatMap(([name, named]) =>
      placesOfMarks(named, `${place}/${name}`),
    );
  });
  return isMarked(schema) ? [{ schema, path: path || '/' }, ...inner] : inner;
}

/**
 * `marked`: every name under which a marked field stands. `names` lacks those that stand for something else
 * too: `name` is a guest's, and a dish's.
 */
export function namesIn(schemas: Iterable<Marks>): {
  names: ReadonlySet<string>;
  marked: ReadonlySet<string>;
} {
  const marked = new Set<string>();
  const unmarked = new Set<string>();
  const seen = { inHidden: new Set<Marks>(), open: new Set<Marks>() };
  const look = (marks: Marks | undefined, within: boolean): void => {
    if (!marks) return;
    const inHidden = within || marks.hidden;
    const before = inHidden ? seen.inHidden : seen.open;
    if (before.has(marks)) return;
    before.add(marks);
    for (const [name, field] of marks.fields) {
      if (field.hidden) marked.add(name);
      else if (!inHidden) unmarked.add(name);
      look(field, inHidden);
    }
    look(marks.rest, inHidden);
    look(marks.items, inHidden);
  };
  for (const schema of schemas) {
    // As a message has it.
    if (schema.hidden) marked.add('data');
    look(schema, false);
  }
  return { names: new Set([...marked].filter((name) => !unmarked.has(name))), marked };
}
