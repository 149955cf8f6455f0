/** `npm run stack -- up | down | status | logs NAME | restart NAME | kill NAME` */
import { spawn } from 'node:child_process';
import path from 'node:path';
import { CONSOLE, SERVICES } from '@order-saga/contracts/system';
import { openWarning } from '../identity/token.ts';
import { howToOrder, NO_PAGE, pageOf } from './by-hand.ts';
import { busyWords, workingIn } from './claims.ts';
import { SETTINGS_NAMED } from './environment.ts';
import { stackInUse } from './attach.ts';
import { checkoutAt } from './checkout.ts';
import { control, down, up } from './launch.ts';
import { followComposeLogs } from './compose.ts';
import { showHealth } from './health.ts';
import { leftOut } from './plan.ts';
import { isAlive, startTimeOf } from './processes.ts';
import { inThisFolder } from './shell-words.ts';
import { StackError, wordsOf } from './stack-error.ts';
import { readState, ROOT, stateIsThere, type StackState, stackDir } from './state.ts';
import { commandLine, noMore } from '../command-line.ts';
import { onInterruption, runTool } from '../run-tool.ts';
import { tellingOfTheWait } from './waiting.ts';

const USAGE = `npm run stack -- VERB

  up [--replicas N] [--ephemeral]   start everything in the background; returns when orders are accepted
  up --compose [--replicas N]       the same in containers (docker compose up --build --wait)
  up --while PID                    ... and ends with that process, however it ends
  up --without console              ... and leaves the console out: no order needs it
  up --from FOLDER                  ... the services with the code of another checkout
  down                              stop everything; leaves nothing behind
  status                            what runs, where, and what is down
  health                            how each service is: ready, what lies unread, unsent, parked
  logs NAME                         follow a component's log
  restart NAME [--from FOLDER]      stop and start it (also after kill), a service also with the code of
                                    another checkout: . is this one again
  kill NAME                         SIGKILL; it stays down until restart
  rotate ROLE                       a new password, while orders come. In the database: a service, SERVICE-owner,
                                    postgres; at Kafka: kafka-SERVICE, kafka-console, kafka-tools, kafka-admin

NAME: ${[...SERVICES, CONSOLE.name, 'kafka', 'postgres', 'mail', 'identity'].join(', ')},
psp (the payment provider simulator);
order-2 for the second replica alone.
The stack's folder is .stack, or what the variable STACK_DIR names. Of your shell's variables ${SETTINGS_NAMED.join(', ')}
and OTEL_* reach the services.`;

const say = (text: string) => console.log(`  ${text}`);

/** The stack that runs here. Throws in words if none does, or not yet, or its runner was killed. */
function need(state: StackState | undefined): StackState {
  if (state) return state;
  const dir = stackDir();
  const holder = workingIn(dir);
  if (holder) throw new StackError('stack', busyWords(dir, holder));
  if (stateIsThere(dir))
    throw new StackError('stack', 'its runner is gone; clean up with: npm run stack -- down');
  throw new StackError('stack', `none runs in ${dir}. Start one: npm run stack -- up`);
}

/** Without the password: what is on the screen may be seen, or pasted somewhere. */
function shownUrl(url: string): string {
  const shown = new URL(url);
  shown.password = '';
  return shown.password === new URL(url).password ? url : shown.href;
}

function showStatus(state: StackState): void {
  const warning = openWarning(state);
  if (warning) console.log(warning);
  for (const component of state.components) {
    const name = `${component.name}${component.instance > 1 ? `-${component.instance}` : ''}`;
    const where = [
      (component.url && shownUrl(component.url)) ?? component.brokers?.join(','),
      component.name === 'psp' && 'the payment provider simulator',
      component.from && `with the code of ${component.from}`,
    ]
      .filter(Boolean)
      .join(' ');
    console.log(
      `${name.padEnd(20)} ${isAlive(component) ? `up, pid ${component.pid}`.padEnd(18) : 'DOWN'.padEnd(18)} ${where}`,
    );
  }
}

async function showWhatNext(state: StackState): Promise<void> {
  const page = await pageOf(state);
  if (page !== undefined) console.log(`See every order: ${page}`);
  else if (state.components.some(({ name }) => name === CONSOLE.name)) console.log(NO_PAGE);
  console.log(howToOrder(state, page));
}

async function follow(name: string): Promise<void> {
  const state = readState(stackDir());
  const found = need(state).components.filter((c) => c.name === name || `${c.name}-${c.instance}` === name);
  if (state?.compose) return followComposeLogs(name);
  if (found.length === 0) throw new StackError('stack', `there is no component ${name}`);
  const files = found.map(({ log }) => path.resolve(ROOT, log));
  const tail = spawn('tail', ['-n', '50', '-F', ...files], { stdio: 'inherit' });
  onInterruption(async () => tail.kill());
  await new Promise((resolve) => tail.once('exit', resolve));
}

function processOf(pid: string): { pid: number; startedAt: string } {
  const startedAt = startTimeOf(Number(pid));
  if (startedAt === undefined) throw new StackError('--while', `there is no process ${pid}`);
  return { pid: Number(pid), startedAt };
}

async function askRunner(
  state: StackState,
  verb: 'kill' | 'restart' | 'rotate',
  name: string,
  from: { from?: string },
): Promise<string> {
  return control(state, verb, name, from).catch((error: Error) => {
    if (error.name === 'StackError') throw error;
    const who = state.runner ? `the runner (pid ${state.runner.pid})` : 'Docker';
    throw new StackError(
      'stack',
      `${who} does not answer (${wordsOf(error)}). End all, whatever it does: ${inThisFolder('npm run stack -- down')}`,
    );
  });
}

async function main(): Promise<void> {
  const { values, positionals } = commandLine(USAGE, {
    replicas: { type: 'string', default: '1' },
    ephemeral: { type: 'boolean', default: false },
    compose: { type: 'boolean', default: false },
    jit: { type: 'string' },
    while: { type: 'string' },
    without: { type: 'string', multiple: true },
    from: { type: 'string' },
  });
  const [verb, name, ...more] = positionals;
  if (!verb) return console.log(USAGE);
  const named = ['logs', 'restart', 'kill', 'rotate'].includes(verb);
  noMore(verb, named || name === undefined ? more : [name]);
  const from = values.from === undefined ? {} : { from: checkoutAt(values.from) };
  switch (verb) {
    case 'up': {
      const replicas = Number(values.replicas);
      if (!Number.isInteger(replicas) || replicas < 1 || replicas > 10)
        throw new StackError('--replicas', 'must be a number from 1 to 10');
      const began = Date.now();
      const jit = values.jit === 'c1' || (values.jit === undefined && values.ephemeral) ? 'c1' : 'c2';
      const { ephemeral, compose } = values;
      if (compose && ephemeral)
        throw new StackError('--ephemeral', 'is for the embedded stack; containers have documented ports');
      const whileAlive = values.while === undefined ? {} : { whileAlive: processOf(values.while) };
      const without = leftOut(values.without);
      const state = await up({ replicas, ephemeral, jit, compose, without, ...whileAlive, ...from }, say);
      showStatus(state);
      console.log(
        `Orders are accepted (${((Date.now() - began) / 1000).toFixed(1)} s). Stop with: ${inThisFolder('npm run stack -- down')}`,
      );
      return showWhatNext(state);
    }
    case 'down':
      console.log(
        (await tellingOfTheWait('down', say, () => down(say)))
          ? 'Everything is stopped.'
          : `No stack runs in ${stackDir()}.`,
      );
      return;
    case 'status':
      showStatus(need(await stackInUse(values)));
      return;
    case 'health':
      return showHealth(need(await stackInUse(values)));
    case 'logs':
    case 'restart':
    case 'kill':
    case 'rotate':
      if (!name) throw new StackError(verb, 'which component? npm run stack -- status lists them');
      if (verb === 'logs') return follow(name);
      console.log(
        await tellingOfTheWait(`${verb} ${name}`, say, async () =>
          askRunner(need(await stackInUse(values)), verb, name, from),
        ),
      );
      return;
    default:
      throw new StackError(verb, `is not a verb of this command.\n\n${USAGE}`);
  }
}

runTool(main);
