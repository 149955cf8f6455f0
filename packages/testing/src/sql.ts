import type { Tx } from '@sagakit/postgres/transaction';

/** A transaction that notes what it is asked and answers with these rows, whatever it is asked. */
export function notingTx(rows: readonly object[] = []): {
  tx: Tx;
  asked: { name: string; text: string; values: unknown[] }[];
} {
  const asked: { name: string; text: string; values: unknown[] }[] = [];
  const query = async (statement: (typeof asked)[number]) => {
    asked.push(statement);
    return { rows: structuredClone(rows) };
  };
  return { tx: { query } as unknown as Tx, asked };
}

/** SQL with its white space made alike. */
export const inOneLine = (text: string) => text.replace(/\s+/g, ' ').replaceAll('( ', '(').trim();
