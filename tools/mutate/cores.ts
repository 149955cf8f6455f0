/**
 * The pure cores, and the unit tests that stand for them: the one place that names them. Paths from the root
 * of the project.
 */
export type Core = { name: string; mutate: readonly string[]; tests: readonly string[] };

export const CORES: readonly Core[] = [
  {
    name: 'contracts',
    mutate: ['contracts/src/*.ts'],
    tests: ['contracts/test/*.test.ts', 'tools/system/system.unit.test.ts'],
  },
  {
    name: 'messages',
    mutate: ['packages/messages/src/*.ts'],
    tests: ['{contracts,packages/messages}/test/*.test.ts'],
  },
  {
    name: 'resilience',
    mutate: [
      'background',
      'batch-delay',
      'circuit-breaker',
      'group-commit',
      'ids',
      'retry',
      'stop-steps',
      'wake-up',
    ].map((file) => `packages/resilience/src/${file}.ts`),
    tests: ['packages/resilience/test/*.unit.test.ts'],
  },
  {
    name: 'messaging',
    mutate: [
      'aggregate/aggregate',
      'aggregate/complete',
      'aggregate/decision',
      'aggregate/event-sourced',
      'aggregate/participant',
      'aggregate/rows',
      'effects/result',
      'inbox/decide-batch',
      'inbox/decode-record',
      'inbox/router',
      'incoming',
      'maintenance/watchdog',
      'outbox/outbox-buffer',
      'outbox/scan-schedule',
      'to-envelope',
    ].map((file) => `packages/messaging/src/${file}.ts`),
    tests: ['packages/messaging/test/**/*.unit.test.ts'],
  },
  {
    name: 'kafka',
    mutate: [
      'chunks',
      'presence',
      'reading',
      'kafkajs/co-partitioning-assignor',
      'kafkajs/encode-record',
      'kafkajs/group-per-partition',
      'kafkajs/partitioner',
      'kafkajs/slices',
    ].map((file) => `packages/kafka/src/${file}.ts`),
    tests: ['packages/kafka/test/*.unit.test.ts'],
  },
  {
    name: 'saga',
    mutate: [
      'packages/saga/src/{define,moves,react,release,state}.ts',
      'packages/saga/src/runner/{move-saga,settle,stored-state}.ts',
      'services/saga-orchestrator/src/sagas/*.ts',
    ],
    // Without the random schedules: ten seconds a mutant, and what only they notice has no sentence that says
    // what is wrong.
    tests: [
      'packages/saga/test/*.unit.test.ts',
      'services/saga-orchestrator/test/!(random-schedules).unit.test.ts',
    ],
  },
  {
    name: 'services',
    mutate: ['services/*/src/domain/*.ts'],
    tests: ['services/!(saga-orchestrator)/test/*.unit.test.ts'],
  },
  {
    name: 'checker',
    mutate: ['tools/checker/invariants.ts'],
    tests: ['tools/checker/invariants.unit.test.ts'],
  },
];
