/**
 * One record as the protocol wants it (record batch v2): the same bytes as kafkajs makes, in one buffer of
 * the right size. kafkajs allocates seven of 512 bytes and one per number: 14-20 us of CPU per record of
 * ours, instead of 1.8-2.4 (one run of both).
 */
type Text = string | Buffer;

export type EncodableRecord = {
  offsetDelta?: number;
  timestampDelta?: number;
  key?: Text | null;
  value?: Text | null;
  /** A list keeps their order across names, and takes null. */
  headers?: Record<string, Text | Text[]> | readonly (readonly [Text, Text | null])[];
};

/** What the rest of kafkajs takes for one of its encoders. */
export type Encoded = { buf: Buffer; buffer: Buffer };

const ATTRIBUTES = 0;
const zigZag = (value: number) => (value < 0 ? -2 * value - 1 : 2 * value);
const bytesOf = (text: Text | null | undefined) => (text == null ? -1 : Buffer.byteLength(text));

function sizeOfVarint(value: number): number {
  let size = 1;
  for (let left = zigZag(value); left > 127; left = Math.floor(left / 128)) size++;
  return size;
}

/** Its length in front; absent: the length is -1. */
const sizeOfText = (bytes: number) => sizeOfVarint(bytes) + Math.max(0, bytes);

type Headers = NonNullable<EncodableRecord['headers']>;
const isList = (headers: Headers): headers is Extract<Headers, readonly unknown[]> => Array.isArray(headers);

export function encodeRecord({
  offsetDelta = 0,
  timestampDelta = 0,
  key,
  value,
  headers = {},
}: EncodableRecord): Encoded {
  const texts: { text: Text | null | undefined; bytes: number }[] = [];
  let headerCount = 0;
  let size = 1 + sizeOfVarint(timestampDelta) + sizeOfVarint(offsetDelta);
  const add = (text: Text | null | undefined) => {
    const bytes = bytesOf(text);
    texts.push({ text, bytes });
    size += sizeOfText(bytes);
  };
  add(key);
  add(value);
  const addHeader = (name: Text, content: Text | null) => {
    add(name);
    add(content);
    headerCount++;
  };
  if (isList(headers)) for (const [name, content] of headers) addHeader(name, content);
  else {
    for (const name of Object.keys(headers)) {
      const given = headers[name] as Text | Text[];
      for (const content of Array.isArray(given) ? given : [given]) addHeader(name, content);
    }
  }
  size += sizeOfVarint(headerCount);

  const buf = Buffer.allocUnsafe(sizeOfVarint(size) + size);
  let at = 0;
  const putVarint = (number: number) => {
    let left = zigZag(number);
    for (; left > 127; left = Math.floor(left / 128)) buf[at++] = (left % 128) | 128;
    buf[at++] = left;
  };
  const put = ({ text, bytes }: (typeof texts)[number]) => {
    putVarint(bytes);
    if (typeof text === 'string') buf.write(text, at, 'utf8');
    else text?.copy(buf, at);
    at += Math.max(0, bytes);
  };
  const [first, second, ...rest] = texts;
  putVarint(size);
  buf[at++] = ATTRIBUTES;
  putVarint(timestampDelta);
  putVarint(offsetDelta);
  put(first as (typeof texts)[number]);
  put(second as (typeof texts)[number]);
  putVarint(headerCount);
  for (const text of rest) put(text);
  return { buf, buffer: buf };
}
