// A reporter for node's test runner that writes nothing but the counts, and what failed, for `npm test`.
import path from 'node:path';

/**
 * @param {AsyncIterable<{ type: string, data: { name: string, file?: string, skip?: unknown, todo?: unknown,
 * details?: { type?: string, error?: Error } } }>} source
 */
export default async function* countReporter(source) {
  const counts = {
    passed: 0,
    failed: 0,
    skipped: 0,
    failures: /** @type {{ what: string, why: string }[]} */ ([]),
  };
  for await (const { type, data } of source) {
    if (type !== 'test:pass' && type !== 'test:fail') continue;
    if (data.details?.type === 'suite') continue;
    if (data.skip !== undefined || data.todo !== undefined) counts.skipped++;
    else if (type === 'test:pass') counts.passed++;
    else {
      counts.failed++;
      const file = data.file === undefined ? '' : `${path.relative('.', data.file)}: `;
      // Node wraps what was thrown.
      const { cause, message = '' } = data.details?.error ?? {};
      counts.failures.push({
        what: `${file}${data.name}`,
        why: cause instanceof Error ? cause.message : String(cause ?? message),
      });
    }
  }
  yield JSON.stringify(counts);
}
