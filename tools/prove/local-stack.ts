/** Rows of the local stack and its tools; see mechanisms.ts. */
import { integration, type Mechanism, unit } from './mechanism.ts';

const KEPT = unit('tools/stack/kept-secrets.unit.test.ts');

export const LOCAL_STACK: readonly Mechanism[] = [
  {
    failure: 'two starts in one folder',
    mechanism: 'the folder is claimed before anything is done in it',
    file: 'tools/set-up/claim.mjs',
    cut: 'decide(claimsIn(dir).filter((other) => other.name !== name))',
    paste: 'decide([])',
    test: unit('tools/set-up/claim.unit.test.ts'),
  },
  {
    failure: 'runner killed',
    mechanism: "its processes carry the folder's mark",
    file: 'tools/stack/runner.ts',
    cut: '{ ...spec, env: { ...spec.env, ...marked(dir) } }',
    paste: 'spec',
    test: integration('tools/stack/one-folder.integration.test.ts'),
  },
  {
    failure: 'Ctrl-C at any moment',
    mechanism: 'a command ends what it has started before it ends itself',
    file: 'tools/run-tool.ts',
    cut: '  await Promise.allSettled([...toEnd].map((end) => end()));\n',
    paste: '',
    test: integration('tools/stack/interrupted.integration.test.ts'),
  },
  {
    failure: 'full disk',
    mechanism: 'nothing that supervises dies of its own note',
    file: 'tools/stack/supervised.ts',
    cut: '  } catch {\n    // It is missing in the log.\n  }',
    paste: '  } finally {\n    // It is missing in the log.\n  }',
    test: integration('tools/stack/disk-full.integration.test.ts'),
  },
  {
    failure: "the developer's shell",
    mechanism: 'what reaches the services is a list',
    file: 'tools/stack/environment.ts',
    cut: ' && lists.some((list) => list.test(name))',
    paste: '',
    test: unit('tools/stack/environment.unit.test.ts'),
  },
  {
    failure: 'set-up interrupted or half removed',
    mechanism: 'what is needed is looked at, not remembered',
    file: 'tools/set-up/dependencies.mjs',
    cut: "if (!same || !existsSync(join(root, place, 'package.json'))) missing.push(place);",
    paste: 'if (!found) continue;',
    test: unit('tools/set-up/dependencies.unit.test.ts'),
  },
  {
    failure: "stack's state that another user of the machine reads",
    mechanism: "it is its owner's alone",
    file: 'tools/stack/state.ts',
    cut: '`, { mode: 0o600 });',
    paste: '`);',
    test: KEPT,
  },
  {
    failure: "stack's passwords that another user of the machine reads",
    mechanism: "each is its owner's alone, and in a folder that is so too",
    file: 'tools/stack/secrets.ts',
    cut: '`, { mode: 0o600 });',
    paste: '`);',
    test: KEPT,
  },
  {
    failure: 'demo that ends by itself',
    mechanism: 'until it is interrupted there is something that Node waits for',
    file: 'tools/run-tool.ts',
    cut: 'setInterval(() => {}, 60_000)',
    paste: 'setInterval(() => {}, 60_000).unref()',
    test: unit('tools/interruption.unit.test.ts'),
  },
];
