/** What a pool says of connections that it loses. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { eventually } from '@sagakit/testing/eventually';
import type { Logger } from 'pino';
import { createPool, createReadPool } from '../src/pool.ts';

const nobody = { address: 'postgres://booking@127.0.0.1:9/booking', service: 'booking' };

describe('a pool', () => {
  for (const [name, create] of [
    ['for transactions', (log: Logger) => createPool({ ...nobody, max: 8 }, log)],
    ['for reads', (log: Logger) => createReadPool(nobody, log)],
  ] as const)
    it(`${name} says in one line that it lost all its idle connections, without a stack`, async () => {
      const lines: object[] = [];
      const pool = create({ warn: (line: object) => lines.push(line) } as unknown as Logger);
      const lose = () => {
        const ended = new Error('terminating connection due to administrator command');
        pool.emit('error', Object.assign(ended, { code: '57P01' }), {});
      };
      const trouble = 'terminating connection due to administrator command (57P01)';
      for (let n = 0; n < 8; n++) lose();
      await eventually('it is told', () => lines.length > 0);
      assert.deepEqual(lines, [{ trouble, connections: 8 }]);
      lose();
      await eventually('and again', () => lines.length > 1);
      assert.deepEqual(lines[1], { trouble, connections: 1 });
      await pool.end();
    });
});
