import assert from 'node:assert/strict';
import type { cpus } from 'node:os';
import { describe, it } from 'node:test';
import { createIdleShare, createPace } from '../src/store/pace.ts';

/** It has not taken all that there is. */
const after = (idle: number, taken: number, ...worked: number[]) => {
  const pace = createPace({ idleShare: () => idle, readAgoMs: () => 10_000 });
  for (const ms of worked) pace.worked(ms);
  return pace.delay(taken);
};
const roomy = (taken: number, ...worked: number[]) => after(0.3, taken, ...worked);
const free = (taken: number, ...worked: number[]) => after(0.5, taken, ...worked);
const full = (taken: number, ...worked: number[]) => after(0.1, taken, ...worked);

/** On a machine that is full; all that there is was taken. */
function calm(readAgoMs = () => 300) {
  let now = 0;
  const pace = createPace({ idleShare: () => 0, now: () => now, readAgoMs });
  return { ...pace, pass: (ms: number) => (now += ms) };
}

describe('the pace of the read model', () => {
  it('rests no longer than 150 ms while some hundred come in a second, however full the machine is', () => {
    const { pass, ...pace } = calm();
    pass(10_000);
    pace.worked(400);
    assert.equal(pace.delay(2_400), 150, '240 a second, also after a long rest');
    for (let n = 0; n < 20; n++) {
      pass(150);
      pace.worked(60);
      assert.equal(pace.delay(60), 150, '400 a second');
    }
    pass(10);
    pace.worked(60);
    assert.equal(pace.delay(100), 150, 'and when a few come together');
  });
  it('lets more come together when more comes', () => {
    const { pass, ...pace } = calm();
    pass(1_000);
    pace.worked(60);
    assert.equal(pace.delay(600), 900);
  });
  it('does not take what it did not get to for what comes', () => {
    let ago = 300;
    const { pass, ...pace } = calm(() => ago);
    const rest = () => (pass(5_000), pace.worked(60), pace.delay(1_000));
    assert.equal(rest(), 150);
    ago = 5_300;
    assert.equal(rest(), 900, 'there is more');
    ago = Number.POSITIVE_INFINITY;
    assert.equal(rest(), 900, 'a rebuild, or Kafka is away');
  });
  it('hardly rests after a few messages', () => {
    assert.equal(roomy(0), 0);
    assert.equal(roomy(3, 4), 16);
  });
  it('lets more come together while much comes', () => assert.equal(roomy(20, 4), 100));
  it('works a fifth of the time', () => assert.equal(roomy(500, 100, 50), 600));
  it('rests no longer than a reader would', () => assert.equal(roomy(9_000, 900), 1_200));
  it('works half of the time where nobody else needs the machine', () => {
    assert.equal(free(500, 100, 50), 150);
    assert.equal(free(9_000, 900), 300);
    assert.equal(free(20, 4), 100);
  });
  it('works a sixteenth of the time where others need the machine', () =>
    assert.equal(full(500, 100, 50), 2_250));
  it('rests no longer than five seconds there', () => assert.equal(full(9_000, 900), 5_000));
  it('hardly rests after a few messages there too', () => assert.equal(full(3, 4), 16));
  it('forgets what it has rested from', () => {
    const pace = createPace({ idleShare: () => 0.5, readAgoMs: () => 10_000 });
    pace.worked(50);
    assert.equal(pace.delay(1), 200);
    assert.equal(pace.delay(1), 0);
  });
});

describe('how much of a machine is idle', () => {
  const core = (user: number, idle: number): ReturnType<typeof cpus>[number] => ({
    model: 'any',
    speed: 0,
    times: { user, idle, nice: 0, sys: 0, irq: 0 },
  });

  it('is counted over all cores, since the last call', () => {
    const looks = [[core(100, 100)], [core(160, 110), core(10, 20)], [core(160, 150), core(10, 20)]];
    const share = createIdleShare(() => looks.shift() ?? []);
    assert.equal(share(), 0.3);
    assert.equal(share(), 1);
  });
  it('is all of it while nothing is counted', () => {
    const share = createIdleShare(() => [core(100, 100)]);
    assert.equal(share(), 1);
  });
});
