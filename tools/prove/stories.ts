/** What stands between the read model of the console and a wrong picture. */
import { integration, type Mechanism, unit } from './mechanism.ts';

const CRASH = integration('console/test/crash.integration.test.ts');
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
];
