/**
 * docs/add-a-service.md, followed to the letter in a copy: what it says compiles, is noticed nowhere as
 * missing, runs, and an order ships.
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { type Scratch, scratchCopy } from '../prove/scratch.ts';
import { ROOT } from '../stack/state.ts';
import { temporaryStackDir } from '../stack/temporary-dir.ts';

type Block = { file: string; language: string; lines: string[] };

/** Every block of the page that stands below the name of a file. */
function blocksOf(page: string): Block[] {
  const blocks: Block[] = [];
  for (const [, file = '', text = ''] of page.matchAll(/^#### (\S+)\n([\s\S]*?)(?=^##|(?![\s\S]))/gm))
    for (const [, language = '', code = ''] of text.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm))
      blocks.push({ file, language, lines: code.trimEnd().split('\n') });
  return blocks;
}

/** What the block says before (`+` left out) or after (`-` left out). */
const side = (lines: readonly string[], left: '+' | '-') =>
  lines.filter((line) => !line.startsWith(left)).map((line) => line.slice(1));

function follow({ dir, replace }: Scratch, { file, language, lines }: Block): void {
  if (language === 'diff')
    return void replace(file, side(lines, '+').join('\n'), side(lines, '-').join('\n'));
  mkdirSync(path.dirname(path.join(dir, file)), { recursive: true });
  writeFileSync(path.join(dir, file), `${lines.join('\n')}\n`);
}

const AN_ORDER = `
  import { attach, urlsOf } from './tools/stack/attach.ts';
  import { call, orderBody, shopAt } from './tools/shop/client.ts';
  const { state, leave } = await attach({ ephemeral: true, replicas: 1, jit: 'c1', forCaller: true }, () => {});
  try {
    const shop = shopAt(urlsOf(state));
    const { orderId } = await shop.placed(orderBody([{ sku: 'SKU-0001', quantity: 1 }]));
    const { steps } = await shop.sagaEnded(orderId);
    const { body: shipment } = await call(urlsOf(state).shipping + '/shipments/' + orderId);
    console.log(JSON.stringify({ orderId, steps: steps.map(({ name, status }) => name + ' ' + status), shipment }));
  } finally {
    await leave();
  }`;

describe('docs/add-a-service.md', () => {
  const blocks = blocksOf(readFileSync(path.join(ROOT, 'docs/add-a-service.md'), 'utf8'));
  const written = [...new Set(blocks.filter(({ language }) => language !== 'diff').map(({ file }) => file))];
  let copy: Scratch;
  /** Rejects with all that it said if it does not end well. */
  async function run(
    script: string,
    args: string[] = [],
    { cwd = '.', env = {} }: { cwd?: string; env?: object } = {},
  ) {
    const options = {
      cwd: path.join(copy.dir, cwd),
      env: { ...process.env, ...env },
      maxBuffer: 64 * 1024 * 1024,
    };
    const ran = promisify(execFile)(process.execPath, [path.resolve(copy.dir, script), ...args], options);
    return (
      await ran.catch(({ stdout, stderr }: { stdout: string; stderr: string }) =>
        assert.fail(stdout + stderr),
      )
    ).stdout;
  }
  async function test(files: string[], ...args: string[]) {
    // A test runner that finds itself in another one runs nothing.
    const { NODE_TEST_CONTEXT: _, ...env } = process.env;
    const ran = promisify(execFile)(process.execPath, ['--test', '--test-reporter=tap', ...args, ...files], {
      cwd: copy.dir,
      env,
    });
    const { stdout } = await ran.catch((error: { stdout: string }) => assert.fail(error.stdout));
    assert.match(stdout, /^# pass [1-9]/m);
  }
  const bin = (name: string) => `node_modules/${name}`;

  before(async () => {
    copy = scratchCopy();
    for (const block of blocks) follow(copy, block);
    const quiet = {
      PRISMA_SCHEMA_ENGINE_BINARY: process.execPath,
      PRISMA_HIDE_UPDATE_MESSAGE: '1',
      CHECKPOINT_DISABLE: '1',
    };
    await run(bin('prisma/build/index.js'), ['generate'], { cwd: 'services/shipping', env: quiet });
    await run('tools/system/main.ts');
    await run('tools/schemas.ts');
  });
  after(() => copy.remove());

  it('says how many files it is', () => {
    const said = /It is (\d+) files/.exec(
      readFileSync(path.join(ROOT, 'docs/add-a-service.md'), 'utf8'),
    )?.[1];
    assert.equal(Number(said), written.length);
  });
  it('leads to what compiles', async () => void (await run(bin('typescript/bin/tsc'), ['-p', '.'])));
  it('leads to what is well formed and keeps the borders', async () => {
    await run(bin('prettier/bin/prettier.cjs'), ['--check', '--ignore-unknown', ...written]);
    await run(bin('eslint/bin/eslint.js'), ['services/shipping', 'contracts/src']);
    await run(bin('dependency-cruiser/bin/dependency-cruiser.mjs'), ['services', 'contracts']);
    await run(bin('knip/bin/knip.js'), ['--no-config-hints', '--no-progress']);
  });
  it('forgets no place, and its decisions are right', async () => {
    const patterns = [
      'services/shipping/test/*.test.ts',
      'tools/system/*.test.ts',
      'contracts/test/*.unit.test.ts',
      'contracts/test/*.contract.test.ts',
    ];
    const files = patterns.flatMap((pattern) =>
      globSync(pattern, { cwd: copy.dir }).map((file) => path.join(copy.dir, file)),
    );
    assert.ok(files.length >= 4);
    await test(files);
  });
  it('keeps the tools out of its image', () => {
    const manifest = readFileSync(path.join(copy.dir, 'services/shipping/package.json'), 'utf8');
    const { dependencies } = JSON.parse(manifest) as { dependencies: Record<string, string> };
    assert.ok(!('prisma' in dependencies));
  });
  it('keeps in its tables what HTTP reads', async () => {
    await test(
      [path.join(copy.dir, 'tools/test/prisma-schemas.integration.test.ts')],
      '--test-name-pattern=^shipping$',
    );
  });
  it('and an order ships', async () => {
    writeFileSync(path.join(copy.dir, 'an-order.ts'), AN_ORDER);
    const said = await run('an-order.ts', [], { env: { STACK_DIR: temporaryStackDir('shipping') } });
    type Shipped = { orderId: string; steps: string[]; shipment: { status: string; parcel: string } };
    const { orderId, steps, shipment } = JSON.parse(said.trim().split('\n').at(-1) ?? '') as Shipped;
    assert.equal(steps.at(-1), 'ship-order done');
    assert.equal(shipment.status, 'SHIPPED');
    assert.equal(shipment.parcel, `P-${orderId.slice(-12)}`);
  });
});
