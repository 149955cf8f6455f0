/**
 * A record's headers: a list, in which a name may come twice and a content may be null. Bytes, as Kafka has
 * them.
 */
export type RecordHeader = readonly [name: Buffer, content: Buffer | null];
export type RecordHeaders = readonly RecordHeader[];

/** The first of that name, as text. */
export function headerOf(headers: RecordHeaders, name: string): string | undefined {
  const found = headers.find(([own, content]) => content !== null && own.toString('utf8') === name);
  return found?.[1]?.toString('utf8');
}

/** From texts by name. */
export const headersFrom = (texts: Record<string, string>): RecordHeaders =>
  Object.entries(texts).map(([name, content]) => [Buffer.from(name), Buffer.from(content)]);

/** How a parked message's headers are stored: JSON, names and contents in base64. */
export type StoredHeaders = [name: string, content: string | null][];

export const toStored = (headers: RecordHeaders): StoredHeaders =>
  headers.map(([name, content]) => [name.toString('base64'), content?.toString('base64') ?? null]);

/** What the release before stores and reads: texts, what has one name joined. */
export function toTexts(headers: RecordHeaders): Record<string, string> {
  const texts = new Map<string, string>();
  for (const [name, content] of headers) {
    const before = texts.get(String(name));
    texts.set(String(name), before === undefined ? String(content) : `${before},${String(content)}`);
  }
  return Object.fromEntries(texts);
}

/** From a row of `dead_letters`; one of the release before has texts only. */
export const fromRow = (row: {
  headers: Record<string, string>;
  raw_headers: StoredHeaders | null;
}): RecordHeaders =>
  row.raw_headers?.map(([name, content]) => [bytes(name), content === null ? null : bytes(content)]) ??
  headersFrom(row.headers);

const bytes = (base64: string) => Buffer.from(base64, 'base64');

/**
 * As an operator sees one: `name` and `value` as text, what is not UTF-8 in them replaced; the base64 is
 * exact.
 */
export type ShownHeader = {
  name: string;
  nameBase64: string;
  value: string | null;
  valueBase64: string | null;
};

export const toShown = (headers: RecordHeaders): ShownHeader[] =>
  headers.map(([name, content]) => ({
    name: name.toString('utf8'),
    nameBase64: name.toString('base64'),
    value: content?.toString('utf8') ?? null,
    valueBase64: content?.toString('base64') ?? null,
  }));
