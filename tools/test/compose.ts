/**
 * `npm run test:compose`: builds the images, comes up as a project of its own with empty volumes, runs the
 * stories in containers (also those of crashes, recreations, stops and more replicas), and comes down. Leaves
 * nothing behind but images.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { composeIsMissing } from '../stack/compose.ts';
import { onInterruption } from '../run-tool.ts';
import { down, up } from '../stack/launch.ts';
import { ROOT } from '../stack/state.ts';

const PROJECT = 'order-saga-test';

/** What is left of the project: containers, volumes, networks. */
function leftovers(): string[] {
  const label = `label=com.docker.compose.project=${PROJECT}`;
  const list = (...args: string[]) =>
    execFileSync('docker', [...args, '--filter', label], { encoding: 'utf8' }).trim();
  return [
    list('ps', '--all', '--quiet'),
    list('volume', 'ls', '--quiet'),
    list('network', 'ls', '--quiet'),
  ].filter((ids) => ids !== '');
}

const SECRETS = path.join(ROOT, 'infra/compose/secrets');

/** Stories change passwords, and these files of the clone are where they are. Gives what puts them back. */
function keepSecretFiles(): () => void {
  const files = readdirSync(SECRETS).map((name) => path.join(SECRETS, name));
  const kept = files.map((file) => [file, readFileSync(file)] as const);
  return () => kept.forEach(([file, content]) => writeFileSync(file, content));
}

/**
 * What `stories` gave on a fresh stack in containers, and whether all of it went away; `skipped`: why there
 * is no such stack, in one line.
 */
export async function withContainers<T>(
  stories: () => Promise<T>,
): Promise<{ skipped: string } | { result: T; clean: boolean }> {
  const missing = await composeIsMissing();
  if (missing) return { skipped: missing };
  const say = (text: string) => console.log(`  ${text}`);
  process.env['COMPOSE_PROJECT_NAME'] = PROJECT;
  process.env['STACK_DIR'] = mkdtempSync(path.join(os.tmpdir(), 'order-saga-compose-'));
  process.env['E2E_COMPOSE'] = '1';
  const began = Date.now();
  const putSecretsBack = keepSecretFiles();
  // Interrupted while it comes up it goes away by itself; after that it is ours.
  const takeBack = onInterruption(async () => void (await down(say).finally(putSecretsBack)));
  try {
    await up({ ephemeral: true, replicas: 1, jit: 'c2', compose: true }, say);
    say(`up after ${((Date.now() - began) / 1000).toFixed(0)} s`);
    execFileSync('docker', ['stats', '--no-stream', '--format', '  {{.Name}}: {{.MemUsage}}'], {
      stdio: 'inherit',
    });
    const result = await stories();
    await down(say);
    const left = leftovers();
    if (left.length > 0) console.error(`left behind: ${left.join(' ')}`);
    return { result, clean: left.length === 0 };
  } finally {
    await down(() => {});
    putSecretsBack();
    rmSync(process.env['STACK_DIR'], { recursive: true, force: true });
    for (const name of ['COMPOSE_PROJECT_NAME', 'STACK_DIR', 'E2E_COMPOSE']) delete process.env[name];
    takeBack();
  }
}
