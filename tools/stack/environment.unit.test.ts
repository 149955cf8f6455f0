import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { javaEnvironment, serviceEnvironment, systemEnvironment } from './environment.ts';
import { checkSettings } from './settings.ts';

const SHELL = {
  PATH: '/bin',
  HOME: '/home/ada',
  LC_TIME: 'de_DE.UTF-8',
  NODE_EXTRA_CA_CERTS: '/ca.pem',
  LOG_LEVEL: 'debug',
  STEP_DEADLINE_MS: '5000',
  SHUTDOWN_DELAY_MS: '0',
  OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4318',
};
const MEANT_FOR_OTHERS = {
  DATABASE_PASSWORD: 'x',
  DATABASE_URL: 'postgres://elsewhere/x',
  DATABASE_POOL_SIZE: '200',
  DATABASE_PASSWORD_FILE: '/nowhere',
  KAFKA_BROKERS: 'elsewhere:9092',
  PROVIDER_URL: 'http://elsewhere',
  HOST: '0.0.0.0',
  PORT: '1',
  INSTANCE: 'x',
  NODE_OPTIONS: '--inspect',
  PGSSLMODE: 'require',
  JAVA_TOOL_OPTIONS: '-Xmx1m',
  LD_PRELOAD: '/x.so',
  npm_config_prefix: '/x',
};

describe('the shell', () => {
  it('reaches services with what is on the list, and nothing else', () =>
    assert.deepEqual(serviceEnvironment({ ...SHELL, ...MEANT_FOR_OTHERS }), SHELL));
  it('reaches other programs with what the system needs', () => {
    const { PATH, HOME, LC_TIME, NODE_EXTRA_CA_CERTS } = SHELL;
    assert.deepEqual(systemEnvironment({ ...SHELL, ...MEANT_FOR_OTHERS }), {
      PATH,
      HOME,
      LC_TIME,
      NODE_EXTRA_CA_CERTS,
    });
  });
  it('gives nothing where a variable is empty', () =>
    assert.deepEqual(
      serviceEnvironment({ PATH: '/bin', LOG_LEVEL: '', STEP_DEADLINE_MS: '  ', OTEL_SERVICE_NAME: '' }),
      {
        PATH: '/bin',
      },
    ));
  it('gives Java a locale in which it can open every path', () =>
    assert.equal(javaEnvironment({ PATH: '/bin', LC_ALL: 'C' })['LC_ALL'], 'C.UTF-8'));
});

describe('settings', () => {
  it('are good where none is given, and where they fit', async () => {
    await checkSettings({});
    await checkSettings({ ...SHELL, ...MEANT_FOR_OTHERS });
    await checkSettings({ LOG_LEVEL: 'INFO', STEP_DEADLINE_MS: '' });
  });
  for (const [name, value, words] of [
    ['STEP_DEADLINE_MS', '5s', /STEP_DEADLINE_MS: must be a whole number from 100 to/],
    ['STEP_DEADLINE_MS', '-1', /STEP_DEADLINE_MS: must be/],
    ['STEP_DEADLINE_MS', '99999999999999999999', /STEP_DEADLINE_MS: must be/],
    ['LOG_LEVEL', 'loud', /LOG_LEVEL: must be one of trace, debug, info/],
  ] as const) {
    it(`${name}=${value} is refused in one line that says what it must be`, () =>
      assert.rejects(
        () => checkSettings({ [name]: value }),
        (error: Error) => {
          assert.equal(error.name, 'StackError');
          assert.match(error.message, words);
          assert.equal(error.message.split('\n').length, 1);
          return true;
        },
      ));
  }
});
