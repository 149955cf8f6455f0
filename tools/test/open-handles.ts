/**
 * Loaded into a process that runs one file of tests: shortly before its time is over it says what keeps it
 * running. A file whose tests have all passed, and which does not end, can say so in no other way.
 */
import { ChildProcess } from 'node:child_process';
import net from 'node:net';

const after = Number(process.env['OPEN_HANDLES_AFTER_MS']);
if (process.env['NODE_TEST_CONTEXT'] !== undefined && after > 0) setTimeout(say, after).unref();

function say(): void {
  const kinds = Object.entries(Object.groupBy(process.getActiveResourcesInfo(), (kind) => kind));
  const counts = kinds.map(([kind, all]) => `${kind} ${all?.length}`);
  // Node offers no other way to the handles themselves.
  const { _getActiveHandles: handles } = process as unknown as { _getActiveHandles: () => object[] };
  console.error([`still open: ${counts.join(', ')}`, ...handles.call(process).map(inWords)].join('\n  '));
}

function inWords(handle: object): string {
  if (handle instanceof ChildProcess)
    return `child ${handle.pid}: ${handle.spawnargs.join(' ').slice(0, 200)}`;
  if (handle instanceof net.Server) return `server: ${JSON.stringify(handle.address())}`;
  if (handle instanceof net.Socket && handle.remotePort !== undefined)
    return `socket: ${handle.localPort} to ${handle.remoteAddress}:${handle.remotePort}`;
  return handle.constructor.name;
}
