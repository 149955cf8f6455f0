/** What stands between the read model of the console and a wrong picture. */
import { integration, type Mechanism, unit } from './mechanism.ts';

const CRASH = integration('console/test/crash.integration.test.ts');
const SHELF = integration('console/test/shelf.integration.test.ts');
const FOLDS = unit('console/test/fold.unit.test.ts');

export const STORIES: readonly Mechanism[] = [
  {
    failure: 'console killed while two generations are compared',
    mechanism: 'what was held in memory is read again, by a group that no dead member is in',
    file: 'console/src/store/generations.ts',
    cut: 'set frozen = false, group_id = $2 where id = $1',
    paste: 'set frozen = (false and $2::text is null) where id = $1',
    test: CRASH,
  },
  {
    failure: 'record deeper than a stack, for the console',
    mechanism: 'what lies too deep is cut, with what may be personal in it',
    file: 'packages/messages/src/personal.ts',
    cut: 'if (depth > MAX_DEPTH) return CUT;',
    paste: 'if (depth > MAX_DEPTH * 1e6) return CUT;',
    test: FOLDS,
  },
  {
    failure: 'message told in another order to the console',
    mechanism: 'what was said last counts by its sequence, not by its arrival',
    file: 'console/src/projection/join-rows.ts',
    cut: 'return byBytes(a[key], b[key]) >= 0 ? a : b;',
    paste: 'return b;',
    test: FOLDS,
  },
  {
    failure: 'more spans than the console can keep',
    mechanism: 'so many traces a second, and beyond them those that somebody will look at',
    file: 'console/src/telemetry/keep.ts',
    cut: "return mayKeep() ? 'budget' : undefined;",
    paste: "return mayKeep() || true ? 'budget' : undefined;",
    test: unit('console/test/spans.unit.test.ts'),
  },
  {
    failure: 'story whose order is not read yet',
    mechanism: 'while all that is known is a contact or a command it has not ended',
    file: 'console/src/story/story.ts',
    cut: 'messages.every(({ saga, topic }) => !saga && catalogue.sourceOf(topic) !== ORDER);',
    paste: 'messages.length > 0 && ORDER.length > 0;',
    test: unit('console/test/story.unit.test.ts'),
  },
  {
    failure: 'spans that come after the end of their story',
    mechanism: 'what has ended is looked at twice more',
    file: 'console/web/src/view/late-look.ts',
    cut: 'const LOOKS_MS = [1_500, 8_000];',
    paste: 'const LOOKS_MS: number[] = [];',
    test: unit('console/test/web/views.unit.test.ts'),
  },
  {
    failure: 'spans of later in a story as it was',
    mechanism: 'it has those that had begun by then',
    file: 'console/src/story/at.ts',
    cut: 'spansUntil(input.spans, last)',
    paste: '(void spansUntil, input.spans)',
    test: unit('console/test/at.unit.test.ts'),
  },
  {
    failure: 'comparison while a generation is built',
    mechanism: 'it is refused, and made when all is read',
    file: 'console/src/store/rebuild.ts',
    cut: "if (isBuilding) return 'building';",
    paste: '',
    test: integration('console/test/model.integration.test.ts'),
  },
  {
    failure: 'two who switch the read model back at once',
    mechanism: 'the generation that is shown has no date to be dropped at',
    file: 'console/src/store/shelf.ts',
    cut: 'if (old === id) return;',
    paste: '',
    test: SHELF,
  },
  {
    failure: 'read model that is built again and again',
    mechanism: 'the one before is kept, and no other',
    file: 'console/src/store/shelf.ts',
    cut: 'drops.allNow();',
    paste: '',
    test: SHELF,
  },
];
