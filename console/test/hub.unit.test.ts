import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { StreamEvents } from '../src/api-model.ts';
import { createHub } from '../src/stream/hub.ts';

function listener() {
  const written: string[] = [];
  let full = false;
  let isCut = false;
  /** After the first, which says since when. */
  const events = () =>
    written
      .filter((text) => /^event: (?!opened)/.test(text))
      .map((text) => text.split('\n').slice(0, 2).join(' '));
  return {
    sink: {
      write: (text: string) => void written.push(text),
      isFull: () => full,
      end() {},
      cut: () => void (isCut = true),
    },
    isCut: () => isCut,
    events,
    first: () => written[0],
    fill: (now: boolean) => (full = now),
  };
}

const changed = (...stories: string[]) => new Map(stories.map((story) => [story, 2]));

describe('who listens', () => {
  it('is told at once of what comes alone', (test) => {
    test.mock.timers.enable({ apis: ['setTimeout', 'setInterval'] });
    const hub = createHub(() => 1_000);
    const one = listener();
    hub.listen(one.sink, { story: 'a', stories: true });
    hub.changed(changed('a'));
    test.mock.timers.tick(1);
    assert.equal(one.events().length, 2, 'the story, and that there is more in the list');
    hub.changed(changed('a'));
    test.mock.timers.tick(249);
    assert.equal(one.events().length, 2);
    test.mock.timers.tick(1);
    assert.equal(one.events().length, 4);
    hub.close();
  });

  it('is told four times a second at most, of all that happened', (test) => {
    test.mock.timers.enable({ apis: ['setTimeout', 'setInterval'] });
    const hub = createHub();
    const one = listener();
    hub.listen(one.sink, { story: 'a', stories: true });
    for (let n = 0; n < 10; n++) hub.changed(changed('a', 'b'));
    assert.deepEqual(one.events(), []);
    test.mock.timers.tick(250);
    assert.deepEqual(one.events(), [
      'event: story data: {"id":"a","messages":20}',
      'event: stories data: {"n":20}',
    ]);
    hub.changed(changed('b'));
    test.mock.timers.tick(250);
    assert.equal(one.events().length, 3, 'and nothing of a story that did not move');
    hub.close();
  });

  it('and does not read costs nothing, and is told to look at everything once it does', (test) => {
    test.mock.timers.enable({ apis: ['setTimeout', 'setInterval'] });
    const hub = createHub();
    const slow = listener();
    hub.listen(slow.sink, { stories: true });
    slow.fill(true);
    for (let n = 0; n < 100; n++) {
      hub.changed(changed(`s${n}`));
      test.mock.timers.tick(250);
    }
    assert.deepEqual(slow.events(), []);
    slow.fill(false);
    test.mock.timers.tick(250);
    assert.deepEqual(slow.events(), ['event: resync data: {}']);
    hub.changed(changed('later'));
    test.mock.timers.tick(250);
    assert.equal(slow.events().at(-1), 'event: stories data: {"n":1}');
    hub.close();
  });

  it('and reads nothing for a minute makes room for others', (test) => {
    test.mock.timers.enable({ apis: ['setTimeout', 'setInterval'] });
    const pass = (ms: number) => {
      for (let passed = 0; passed < ms; passed += 250) test.mock.timers.tick(250);
    };
    const hub = createHub();
    const [slow, dead] = [listener(), listener()];
    for (const one of [slow, dead]) hub.listen(one.sink, { stories: true });
    hub.changed(changed('a'));
    for (const one of [slow, dead]) one.fill(true);
    pass(59_000);
    slow.fill(false);
    pass(2_000);
    assert.deepEqual([slow.isCut(), dead.isCut()], [false, true]);
    slow.fill(true);
    hub.changed(changed('b'));
    pass(59_000);
    assert.equal(slow.isCut(), false, 'a minute in one piece');
    hub.close();
  });

  it('hears first how long ago it changed, as late as it may have been', () => {
    let now = 5_000;
    const hub = createHub(() => now);
    const opened = (story?: string) => {
      const one = listener();
      hub.listen(one.sink, { story, stories: true })();
      const [, data = ''] = /^event: opened\ndata: (.*)\n\n$/.exec(one.first() ?? '') ?? [];
      return StreamEvents.opened.parse(JSON.parse(data));
    };
    now += 100;
    const atFirst = { stories: { agoMs: 100 }, model: { agoMs: 100 } };
    assert.deepEqual([opened(), opened('a')], [atFirst, { ...atFirst, story: { id: 'a', agoMs: 100 } }]);
    hub.changed(changed('a'));
    now += 10;
    hub.spans(['b']);
    hub.model({ generation: 2, kafka: 'joined' });
    now += 5;
    assert.deepEqual(
      [opened('a'), opened('b').story?.agoMs, opened('c').story?.agoMs],
      [{ story: { id: 'a', agoMs: 15 }, stories: { agoMs: 5 }, model: { agoMs: 5 } }, 5, 115],
    );
    // More than are known apart: what is forgotten may have been as late as the last that was.
    for (let n = 0; n < 2_001; n++) hub.changed(changed(`s${n}`));
    now += 1;
    assert.deepEqual([opened('a').story?.agoMs, opened('s2000').story?.agoMs], [1, 1]);
    hub.close();
  });

  it('are so many and no more', () => {
    const hub = createHub();
    const leave = Array.from({ length: 200 }, () => hub.listen(listener().sink, { stories: true }));
    assert.equal(hub.hasRoom(), false);
    leave[0]?.();
    assert.equal(hub.hasRoom(), true);
    hub.close();
    assert.equal(hub.listeners(), 0);
  });

  it('waits for a story until it comes, or no longer', async () => {
    const hub = createHub();
    const [comes, other] = [hub.next('a', 5_000), hub.next('b', 20)];
    hub.changed(changed('a'));
    assert.equal(await comes, true);
    assert.equal(await other, false);
  });
});
