/**
 * The mechanisms at a service's edge to HTTP: how it leaves, what it takes, what it lists, what it forgets.
 */
import { integration, type Mechanism, unit } from './mechanism.ts';

const NO_LEAKS = integration('tools/test/no-leaks.integration.test.ts');
const HTTP = unit('packages/service-kit/test/http-protocol.unit.test.ts');
const SMALL_SERVER = unit('packages/resilience/test/safe-headers.unit.test.ts');
const GATEWAY = unit('infra/compose/gateway/gateway.unit.test.ts');
const STOPPING = integration('tools/test/stopping.integration.test.ts');

export const EDGES: readonly Mechanism[] = [
  {
    failure: 'stopped while requests come',
    mechanism: 'readiness turns first, and the service serves on',
    file: 'packages/service-kit/src/service.ts',
    cut: 'await delay(config.SHUTDOWN_DELAY_MS, undefined, { signal: atOnce }).catch(() => {});',
    paste: 'await Promise.resolve();',
    test: STOPPING,
  },
  {
    failure: 'stopped while requests come (the last ones)',
    mechanism: 'the door closes in a moment when nobody connects, and idle connections after it',
    file: 'packages/service-kit/src/http/listen.ts',
    cut: 'net.Server.prototype.close.call(server, () => resolve())',
    paste: 'server.close(() => resolve())',
    test: unit('packages/service-kit/test/drain.unit.test.ts'),
  },
  {
    failure: 'gateway stopped while requests come',
    mechanism: 'each further request asks for the connection to be closed behind its answer',
    file: 'infra/compose/gateway/pipe.mts',
    cut: 'beginsRequest ? asLast(chunk) : chunk',
    paste: 'chunk',
    test: GATEWAY,
  },
  {
    failure: 'a stop that hangs',
    mechanism: 'each step of a stop has a limit of its own',
    file: 'packages/resilience/src/stop-steps.ts',
    cut: 'withTimeout(Promise.resolve().then(run), withinMs, late)',
    paste: 'run()',
    test: unit('packages/resilience/test/stop-steps.unit.test.ts'),
  },
  {
    failure: 'a list that changes while it is read',
    mechanism: "a cursor is the row's own place, to the microsecond, and never changes",
    file: 'packages/messaging/src/dead-letters/dead-letters.ts',
    cut: 'HH24:MI:SS.US"Z"',
    paste: 'HH24:MI:SS.MS"Z"',
    test: integration('tools/test/paging.integration.test.ts'),
  },
  {
    failure: 'idempotency keys for ever',
    mechanism: 'they are forgotten by age, in small steps',
    file: 'packages/messaging/src/maintenance/prune.ts',
    cut: ', ...options.own]',
    paste: ']',
    test: integration('services/order/test/idempotency-keys.integration.test.ts'),
  },
  {
    failure: 'a request that is no HTTP',
    mechanism: 'what the parser refuses is problem+json, and arrives',
    file: 'packages/service-kit/src/http/listen.ts',
    cut: '  answerParserRefusals(server, on);\n',
    paste: '',
    test: HTTP,
  },
  {
    failure: 'garbage behind a good request',
    mechanism: 'what came whole is answered first, and the refusal after it',
    file: 'packages/service-kit/src/http/parser-refusals.ts',
    cut: "    await Promise.all(whole.map(([response]) => once(response, 'close')));\n",
    paste: '',
    test: HTTP,
  },
  {
    failure: 'an answer in the hands of a browser',
    mechanism: 'each says that it is not sniffed, not framed, and runs nothing',
    file: 'packages/service-kit/src/http/listen.ts',
    cut: '    safeHeaders(response);\n',
    paste: '',
    test: NO_LEAKS,
  },
  {
    failure: 'an answer in the hands of a browser (to what the parser refuses)',
    mechanism: 'what is written to a socket by hand says it too',
    file: 'packages/service-kit/src/http/parser-refusals.ts',
    cut: '    ...SAFE_HEADERS,\n',
    paste: '',
    test: HTTP,
  },
  {
    failure: 'an answer in the hands of a browser (of a library)',
    mechanism: 'the headers that it took away are there again',
    file: 'packages/resilience/src/safe-headers.ts',
    cut: 'if (!response.hasHeader(name)) response.setHeader(name, value);',
    paste: 'void [name, value];',
    test: SMALL_SERVER,
  },
  {
    failure: 'an answer in the hands of a browser (to what a small server cannot read)',
    mechanism: 'it is answered here, and not by Node',
    file: 'packages/resilience/src/safe-headers.ts',
    cut: '[first, ...safeHeaderLines,',
    paste: '[first,',
    test: SMALL_SERVER,
  },
  {
    failure: 'an answer in the hands of a browser (of the gateway)',
    mechanism: 'it says what the services say',
    file: 'infra/compose/gateway/forward.mts',
    cut: '  ...Object.entries(SAFE_HEADERS).map(([name, value]) => `${name}: ${value}`),\n',
    paste: '',
    test: GATEWAY,
  },
  {
    failure: 'headers without end',
    mechanism: '16 KiB of them are taken',
    file: 'packages/service-kit/src/http/listen.ts',
    cut: 'connectionsCheckingInterval: 5_000 }',
    paste: 'connectionsCheckingInterval: 5_000, maxHeaderSize: 10_000_000 }',
    test: HTTP,
  },
  {
    failure: 'a few bytes that stand for megabytes, in a request',
    mechanism: 'a body has 64 KiB, unpacked',
    file: 'packages/service-kit/src/http/server.ts',
    cut: 'limit: MAX_BODY,',
    paste: "limit: MAX_BODY.replace('k', 'm'),",
    test: HTTP,
  },
  {
    failure: 'a header that is there twice',
    mechanism: 'it is refused: whoever stands between may have taken the other one',
    file: 'packages/service-kit/src/http/server.ts',
    cut: 'app.use(knownVersion, hasHost, onceOnly, knownExpectation);',
    paste: 'app.use(knownVersion, hasHost, knownExpectation);',
    test: HTTP,
  },
  {
    failure: 'a request that never comes to its end',
    mechanism: 'its connection is kept for half a minute',
    file: 'packages/service-kit/src/http/listen.ts',
    cut: 'server.headersTimeout = 20_000;\n  server.requestTimeout = 30_000;',
    paste: 'server.headersTimeout = 0;\n  server.requestTimeout = 0;',
    test: integration('tools/test/hostile-inputs.integration.test.ts', 'does not come to its end'),
  },
  {
    failure: 'a fault of ours, seen from outside',
    mechanism: 'what went wrong is in the log alone',
    file: 'packages/service-kit/src/http/answer-problem.ts',
    cut: "'Something went wrong inside; the log has it.'",
    paste: 'String((error as Error).stack)',
    test: NO_LEAKS,
  },
  {
    failure: "an operator's change whose COMMIT was answered to nobody",
    mechanism: 'the inbox remembers it too',
    file: 'packages/messaging/src/inbox/change.ts',
    cut: '    if (taken.size === 0) return { state };\n',
    paste: '',
    test: integration('packages/messaging/test/inbox/change.integration.test.ts'),
  },
  {
    failure: 'somebody at the machine who tells the runner something',
    mechanism: "it wants the secret of its state file, which is its owner's alone",
    file: 'tools/stack/control-server.ts',
    cut: "!isSame(request.headers.authorization ?? '', `Bearer ${secret}`)",
    paste: "secret === ''",
    // Others of its tests set up what a copy has not.
    test: integration('tools/stack/stack.integration.test.ts', 'is told what to do by who can read'),
  },
];
