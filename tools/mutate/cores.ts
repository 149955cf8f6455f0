/** The pure cores, and the unit tests that stand for them: the one place that names them. Paths from the root of the project. */
export type Core = { name: string; mutate: readonly string[]; tests: readonly string[] };

const MESSAGING_TESTS = ['packages/messaging/test/*.unit.test.ts', 'packages/messaging/test/kafka/*.unit.test.ts'];

export const CORES: readonly Core[] = [
  {
    name: 'contracts',
    mutate: ['packages/contracts/src/*.ts'],
    tests: ['packages/contracts/test/*.test.ts'],
  },
  {
    name: 'messaging',
    mutate: [
      'background',
      'breaker',
      'decide-batch',
      'decision',
      'group-commit',
      'handover',
      'intake',
      'linger',
      'open',
      'participant',
      'random',
      'retry',
      'rows',
      'seal',
      'statement',
      'watchdog',
    ].map((file) => `packages/messaging/src/${file}.ts`),
    tests: MESSAGING_TESTS,
  },
  {
    name: 'kafka',
    mutate: ['chunks', 'encode-record', 'group-per-partition', 'partitioner', 'same-number-assigner'].map(
      (file) => `packages/messaging/src/kafka/${file}.ts`,
    ),
    tests: MESSAGING_TESTS,
  },
  {
    name: 'orchestrator',
    mutate: [
      'services/saga-orchestrator/src/engine/*.ts',
      'services/saga-orchestrator/src/sagas/*.ts',
      'services/saga-orchestrator/src/messages/{inputs,move-saga,settle}.ts',
    ],
    // Without the random schedules: ten seconds a mutant, and what only they notice has no sentence that says what is wrong.
    tests: ['services/saga-orchestrator/test/!(random-schedules).unit.test.ts'],
  },
  {
    name: 'services',
    mutate: ['services/{inventory,notification,order,payment}/src/domain/*.ts'],
    tests: ['services/{inventory,notification,order,payment}/test/*.unit.test.ts'],
  },
  {
    name: 'checker',
    mutate: ['tools/checker/invariants.ts'],
    tests: ['tools/checker/invariants.unit.test.ts'],
  },
];
