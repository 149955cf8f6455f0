import { stopInSteps } from '@sagakit/resilience/stop-steps';
import { ConfigError } from './config.ts';
import type { Service } from './define-service.ts';
import type { RunningService } from './service.ts';
import { startTelemetry, type Telemetry } from './telemetry.ts';

/**
 * A collector that accepts and never answers must not hold the process: the last spans are not worth a
 * SIGKILL.
 */
const TELEMETRY_WITHIN_MS = 1_500;

type Runnable = Pick<Service, 'start' | 'migrate'>;

/**
 * The whole of a service's main.ts. Telemetry comes first: what is imported after it can be instrumented.
 * `main.ts migrate` makes its database what the release needs, as the owner of the tables, and ends.
 *
 * @param load imports the declaration
 */
export async function run(name: string, load: () => Promise<{ service: Runnable }>): Promise<void> {
  if (process.argv[2] === 'migrate') return runMigrations(load);
  const telemetry = await startTelemetry(name);
  const { service } = await load();
  await runService((options) => service.start(process.env, options), telemetry);
}

async function runMigrations(load: () => Promise<{ service: Runnable }>): Promise<void> {
  try {
    const { service } = await load();
    await service.migrate(process.env);
  } catch (error) {
    console.error(error instanceof ConfigError ? error.message : error);
    process.exit(1);
  }
}

/**
 * Runs a service until SIGTERM or SIGINT; a second one ends the waiting for the balancer (SHUTDOWN_DELAY_MS),
 * and the stop stays in order. Exit code 1: the supervisor should start it again.
 */
export async function runService(
  start: (options: { onDead: (error: Error) => void }) => Promise<RunningService>,
  telemetry: Telemetry,
): Promise<void> {
  let service: RunningService | undefined;
  let ending = false;
  const atOnce = new AbortController();

  async function end(code: number): Promise<void> {
    // A process that cannot go on should be replaced soon; and who asks twice is in a hurry.
    if (ending || code !== 0) atOnce.abort();
    if (ending) return;
    ending = true;
    await service
      ?.stop(atOnce.signal)
      .catch((error) => service?.log.error({ err: error }, 'did not stop cleanly'));
    await stopInSteps(
      [{ name: 'telemetry', withinMs: TELEMETRY_WITHIN_MS, run: telemetry.stop }],
      service?.log,
    );
    process.exit(code);
  }

  /** While it starts there is no log yet. */
  function fail(error: unknown, message: string): void {
    if (service) service.log.fatal({ err: error }, message);
    else console.error(error);
    void end(1);
  }

  process.on('SIGTERM', () => void end(0));
  process.on('SIGINT', () => void end(0));
  process.on('unhandledRejection', (error) => fail(error, 'unhandled rejection'));
  process.on('uncaughtException', (error) => fail(error, 'uncaught exception'));
  try {
    service = await start({ onDead: (error) => fail(error, 'cannot go on; a new process should') });
  } catch (error) {
    console.error(error instanceof ConfigError ? error.message : error);
    process.exit(1);
  }
}
