/** What is asked of the broker beside the reader, also while the broker is away: it costs one client. */
import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { newId } from '@sagakit/resilience/ids';
import { quiet } from '@sagakit/resilience/log';
import { eventually } from '@sagakit/testing/eventually';
import { kafkaAs } from '@sagakit/testing/infrastructure';
import { namesAt } from '../src/connection.ts';
import { connect } from '../src/kafkajs/client.ts';
import { createLag } from '../src/kafkajs/lag.ts';
import { createReading } from '../src/reading.ts';
import { breakableWayTo } from './breakable-way.ts';

const TOPIC = 'sagas.events';
/** A look at a broker that is there takes some milliseconds. */
const WITHIN_MS = 2_000;

/** Of a reader of one partition, by a way that can break. */
async function lagByBreakableWay(t: TestContext) {
  const way = await breakableWayTo(kafkaAs('test'));
  t.after(way.remove);
  const client = connect(way.kafka, quiet);
  const clients = t.mock.method(client, 'admin');
  const reading = createReading();
  reading.assigned({ [TOPIC]: [0] }, performance.now());
  const { lag, stop } = createLag(client, `test-${newId()}`, reading, namesAt(way.kafka), WITHIN_MS);
  return { way, lag, stop, made: () => clients.mock.callCount() };
}

const lookInVain = async (lag: () => Promise<unknown>, times: number) => {
  for (let look = 0; look < times; look++) await assert.rejects(lag);
};

/** All in this process: the client's, and both of the way's. */
const sockets = () => process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length;

describe('what lies unread, asked of a broker that is away', () => {
  it('makes one client however often it is asked, which says it once the broker is there', async (t) => {
    const { way, lag, stop, made } = await lagByBreakableWay(t);
    way.close();
    await lookInVain(lag, 3);
    assert.equal(made(), 1);
    way.open();
    const known = await eventually('the broker says so', lag);
    assert.deepEqual([...known.keys()], [TOPIC]);
    await stop();
    await eventually('no connection is left', () => way.connected() === 0);
  });

  it('makes one more where one was connected, which goes for good though it was being asked', async (t) => {
    const { way, lag, stop, made } = await lagByBreakableWay(t);
    const before = sockets();
    await eventually('it is connected', lag);
    const [clients, taken] = [made(), way.taken()];
    way.close();
    await eventually('its client has seen it', () => sockets() === before);
    await lookInVain(lag, 3);
    assert.equal(made(), clients + 1);
    way.open();
    await eventually('both have come again', () => way.taken() >= taken + 2);
    await eventually('the broker says so', lag);
    await stop();
    await eventually('no connection is left', () => way.connected() === 0);
  });

  it('is not waited for by who stops, and goes once the broker is there', async (t) => {
    const { way, lag, stop } = await lagByBreakableWay(t);
    way.close();
    await lookInVain(lag, 1);
    await stop();
    await assert.rejects(lag, /stopped/);
    way.open();
    await eventually('it comes', () => way.taken() > 0);
    await eventually('and goes', () => way.connected() === 0);
  });
});
