/** The borders between the rooms (docs/architecture.md). A violation fails `npm test`. */
import { readdirSync } from 'node:fs';

/** By folder: one that nobody has told of yet has its border too. */
const services = readdirSync(new URL('services/', import.meta.url));

/** Which packages of the framework a package may use. */
const MAY_USE = {
  messages: [],
  resilience: [],
  postgres: ['resilience'],
  kafka: ['messages', 'resilience'],
  messaging: ['messages', 'resilience', 'postgres', 'kafka'],
  saga: ['messages', 'resilience', 'postgres', 'kafka', 'messaging', 'service-kit'],
  'service-kit': ['messages', 'resilience', 'postgres', 'kafka', 'messaging'],
  testing: ['messages', 'resilience', 'postgres', 'kafka', 'messaging'],
};
for (const name of readdirSync(new URL('packages/', import.meta.url)))
  if (!(name in MAY_USE)) throw new Error(`packages/${name} has no row in MAY_USE: what may it use?`);

/**
 * The rooms of a package, and the files that put rooms together: what of these each may use, besides what
 * has no row. What has none stands below the rooms, and knows none of them.
 *
 * @type {Record<string, Record<string, readonly string[]>>}
 */
const ROOMS = {
  kafka: {
    kafkajs: [],
    admin: ['kafkajs'],
  },
  messaging: {
    outbox: [],
    'dead-letters': [],
    effects: ['dead-letters'],
    aggregate: ['effects', 'outbox'],
    inbox: ['aggregate', 'dead-letters', 'effects', 'outbox'],
    replay: ['aggregate', 'dead-letters', 'effects', 'inbox'],
    maintenance: ['outbox'],
    runtime: ['aggregate', 'dead-letters', 'effects', 'inbox', 'maintenance', 'outbox', 'replay'],
  },
  saga: {
    runner: [],
    operator: ['runner'],
    reads: ['runner'],
    deadlines: ['runner'],
    metrics: ['runner'],
    http: ['operator', 'reads'],
    service: ['deadlines', 'http', 'metrics', 'reads', 'runner'],
  },
  'service-kit': {
    http: [],
    definition: ['http'],
    metrics: ['http'],
    'start-up': ['definition'],
    service: ['definition', 'http', 'metrics', 'start-up'],
    'define-service': ['definition', 'http', 'service'],
    run: ['define-service', 'service'],
  },
};

/**
 * Folders by reading: a room that nobody has told of may use none.
 *
 * @param {string} name
 */
function borderOfRooms(name) {
  const src = `packages/${name}/src`;
  const rows = ROOMS[name] ?? {};
  const folders = readdirSync(new URL(src, import.meta.url), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name);
  const rooms = [...new Set([...folders, ...Object.keys(rows)])];
  const pathOf = (/** @type {string} */ room) => `^${src}/${room}(/|[.]ts$)`;
  const all = rooms.map(pathOf);
  return [
    ...rooms.map((room) => ({
      name: `${name}-${room}-looks-down-only`,
      comment: 'Rooms of a package point one way: see ROOMS.',
      severity: 'error',
      from: { path: pathOf(room) },
      to: { path: all, pathNot: [room, ...(rows[room] ?? [])].map(pathOf) },
    })),
    {
      name: `${name}-below-its-rooms-knows-none`,
      comment: 'Every room may use it, so it can use no room: see ROOMS.',
      severity: 'error',
      from: { path: `^${src}/`, pathNot: all },
      to: { path: all },
    },
  ];
}

export default {
  forbidden: [
    {
      name: 'no-cycles',
      comment: 'Two files that need each other are one thing, or one of them stands in the wrong room.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no-unresolved',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true, pathNot: '^(node:|bun:)' },
    },
    ...services.map((service) => ({
      name: `${service}-stands-alone`,
      comment: 'Messages are the only coupling between services.',
      severity: 'error',
      from: { path: `^services/${service}/` },
      to: { path: '^services/', pathNot: `^services/${service}/` },
    })),
    {
      name: 'kafkajs-in-one-room',
      comment:
        'The Kafka client is abandoned upstream: one room knows it, so that one room can be replaced. ' +
        'With it the tests of that package, which hold what is repaired against the original.',
      severity: 'error',
      from: { pathNot: '^packages/kafka/(src/kafkajs|test)/' },
      to: { path: 'node_modules/kafkajs' },
    },
    {
      name: 'domain-is-pure',
      comment: 'Decisions know contracts and the words of a decision; no SQL, no HTTP, no Kafka, no clock.',
      severity: 'error',
      from: { path: '^services/[^/]+/src/(domain|sagas)/' },
      to: {
        pathNot: [
          '^services/[^/]+/src/(domain|sagas)/',
          '^contracts/src/',
          '^packages/messages/src/',
          '^packages/saga/src/(define|state|release)[.]ts$',
          '^packages/messaging/src/(aggregate/decision|effects/effect)[.]ts$',
          'node_modules/zod/',
        ],
      },
    },
    {
      name: 'what-a-saga-decides-is-pure',
      comment: 'Definitions, and what they make of a message: no SQL, no HTTP, no Kafka, no clock.',
      severity: 'error',
      from: { path: '^packages/saga/src/(define|describe|moves|react|release|state)[.]ts$' },
      to: {
        pathNot: [
          '^packages/saga/src/(define|describe|moves|react|release|state)[.]ts$',
          '^packages/messages/src/',
          '^packages/messaging/src/aggregate/decision[.]ts$',
          'node_modules/zod/',
        ],
      },
    },
    {
      name: 'storage-decides-nothing',
      severity: 'error',
      from: { path: '^services/[^/]+/src/storage/', pathNot: ['/storage/prisma/', '/storage/seed[.]ts$'] },
      to: { path: '^services/[^/]+/src/http/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'contracts-know-nobody',
      severity: 'error',
      from: { path: '^contracts/' },
      to: { path: '^(packages/(?!messages)|services|tools|e2e)' },
    },
    {
      name: 'the-framework-does-not-know-the-shop',
      comment: 'What a fork keeps, and what it replaces: the catalogue of messages is handed in.',
      severity: 'error',
      from: { path: '^packages/[^/]+/src/' },
      to: { path: '^(contracts|services|tools|e2e)/' },
    },
    {
      name: 'the-example-needs-the-framework-alone',
      comment: 'If it needs a word of the shop, the border is wrong.',
      severity: 'error',
      from: { path: '^examples/' },
      to: { path: '^(contracts|console|services|tools|e2e|infra)/' },
    },
    ...Object.entries(MAY_USE).map(([name, used]) => ({
      name: `${name}-looks-down-only`,
      comment:
        'Packages point one way: messages and resilience at the bottom, then postgres and kafka, messaging, saga and service-kit.',
      severity: 'error',
      from: { path: `^packages/${name}/src/` },
      to: { path: '^packages/', pathNot: [name, ...used].map((own) => `^packages/${own}/`) },
    })),
    ...Object.keys(ROOMS).flatMap(borderOfRooms),
    {
      name: 'the-console-reads',
      comment:
        'It knows the messages and the framework; no service, and nothing that writes business messages.',
      severity: 'error',
      from: { path: '^console/src/' },
      to: { path: '^(services|tools|e2e|packages/(messaging|saga|testing))/' },
    },
    {
      name: 'the-page-knows-answers-only',
      comment: 'What runs in a browser takes types from the API, and nothing else from any server.',
      severity: 'error',
      from: { path: '^console/web/src/' },
      to: {
        path: '^(console/src|console/test|contracts|packages|services|tools|e2e)/',
        pathNot: '^console/src/api(-model)?[.]ts$',
      },
    },
    {
      name: 'the-page-takes-types-only',
      severity: 'error',
      from: { path: '^console/web/src/' },
      to: { path: '^console/src/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'the-console-does-not-need-its-page',
      comment: 'It serves files; without them all of its API is there.',
      severity: 'error',
      from: { path: '^console/src/' },
      to: { path: '^console/web/' },
    },
    {
      name: 'nobody-knows-the-console',
      severity: 'error',
      from: { path: '^(contracts|packages|services)/' },
      to: { path: '^console/' },
    },
    {
      name: 'folds-and-stories-are-pure',
      comment:
        'A story is a function of the set of its messages: no SQL, no HTTP, no Kafka client, no clock.',
      severity: 'error',
      from: { path: '^console/src/(projection|story)/' },
      to: {
        pathNot: [
          '^console/src/(projection|story)/',
          '^console/src/api[.]ts$',
          '^contracts/src/',
          '^packages/messages/src/',
          '^packages/kafka/src/(record|headers)[.]ts$',
          'node_modules/zod/',
        ],
      },
    },
    {
      name: 'services-do-not-know-tools',
      severity: 'error',
      from: { path: '^services/[^/]+/src/' },
      to: { path: '^(tools|e2e|packages/testing)/' },
    },
    {
      name: 'prisma-in-storage-only',
      severity: 'error',
      from: { path: '^services/', pathNot: '^services/[^/]+/src/storage/' },
      to: { path: 'node_modules/(@prisma|prisma)/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(storage/prisma/|[.]cache|[.]stack|console/web/dist)' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default'],
      extensions: ['.ts', '.js', '.mjs'],
    },
  },
};
