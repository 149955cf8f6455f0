/**
 * What of the developer's shell reaches a stack's processes: what is named here and not empty, and nothing
 * else. A shell is full of what is meant for other programs (`DATABASE_PASSWORD`, `NODE_OPTIONS`,
 * `JAVA_TOOL_OPTIONS`).
 */
import { STACK_SETTINGS } from '@order-saga/contracts/system';

/** What a program needs to find its libraries, certificates, folders and language. */
const SYSTEM =
  /^(PATH|HOME|USER|LOGNAME|SHELL|TZ|LANG|LANGUAGE|LC_\w+|TMPDIR|TEMP|TMP|LD_LIBRARY_PATH|DYLD_\w+|SSL_CERT_FILE|SSL_CERT_DIR|NODE_EXTRA_CA_CERTS|SYSTEMROOT|WINDIR|COMSPEC|PATHEXT|APPDATA|LOCALAPPDATA|USERPROFILE)$/i;

/** What is set for a whole stack; the rest of a service's settings is the runner's to say. */
export const SETTINGS_NAMED = [
  'LOG_LEVEL',
  'SHUTDOWN_DELAY_MS',
  'AUTH',
  ...Object.keys(STACK_SETTINGS),
  'CONSOLE_READ_ONLY',
  'CONSOLE_HOSTS',
];
const SETTINGS = new RegExp(`^(${SETTINGS_NAMED.join('|')}|OTEL_\\w+)$`);

function only(given: NodeJS.ProcessEnv, ...lists: RegExp[]): NodeJS.ProcessEnv {
  const meant = ([name, value]: [string, string | undefined]) =>
    value !== undefined && value.trim() !== '' && lists.some((list) => list.test(name));
  return Object.fromEntries(Object.entries(given).filter(meant));
}

/** For programs that are not ours. */
export const systemEnvironment = (given: NodeJS.ProcessEnv): NodeJS.ProcessEnv => only(given, SYSTEM);

/** For the project's own processes. */
export const serviceEnvironment = (given: NodeJS.ProcessEnv): NodeJS.ProcessEnv =>
  only(given, SYSTEM, SETTINGS);

/** For Java: without a UTF-8 locale it can open no file whose path has a letter beyond ASCII. */
export const javaEnvironment = (given: NodeJS.ProcessEnv): NodeJS.ProcessEnv => ({
  ...systemEnvironment(given),
  ...(given['JAVA_HOME'] ? { JAVA_HOME: given['JAVA_HOME'] } : {}),
  LC_ALL: 'C.UTF-8',
});
