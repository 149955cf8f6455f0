/** `npm run console -- VERB`: the console's read model, on the folder's running stack; all of it is HTTP. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Comparison, Model } from '../../console/src/api-model.ts';
import { CONSOLE } from '@order-saga/contracts/system';
import { ask, NoAnswer, stackHere, WHICH_STACK } from '../operator/ask.ts';
import { commandLine, noMore } from '../command-line.ts';
import { runTool } from '../run-tool.ts';
import { jsonBody } from '../shop/client.ts';
import { StackError } from '../stack/stack-error.ts';
import { comparisonLines, rebuildLine, statusLines } from './words.ts';

const USAGE = `npm run console -- VERB

  status                  what is shown, how far it has read, how large it is; a rebuild and its verdict
  rebuild                 read all topics again beside what is shown, compare the two, and show the new one if they
                          are equal; waits until it is done; --force: show it whatever the comparison says
  compare                 stop the two newest generations at the same offsets for an instant, and compare them
  switch-back             show the generation that was shown before (for ten minutes after a switch)

Nothing of it touches an order or a service. Ends with 0 if it is done and equal, with 1 if it is not, or was refused.
Interrupted, a rebuild goes on in the console: status says how far it is.`;

const ASK_EVERY_MS = 500;
const SAY_EVERY_MS = 5_000;
/** The console may be started again meanwhile: it goes on where it was. */
const AWAY_FOR_MS = 60_000;

async function modelUrl(which: { compose: boolean }): Promise<string> {
  const { components } = await stackHere('console', which);
  const url = components.find(({ name }) => name === CONSOLE.name)?.url;
  if (!url)
    throw new StackError('console', 'this stack runs without one. Start it with: npm run stack -- up');
  return `${url}/api/model`;
}

async function status(url: string): Promise<boolean> {
  for (const line of statusLines(await ask<Model>(url))) console.log(line);
  return true;
}

/** True if the new generation is shown. */
async function rebuild(url: string, force: boolean): Promise<boolean> {
  await ask(`${url}/rebuild`, jsonBody({ force }));
  console.log('rebuild: begun; what is shown stays as it is meanwhile');
  const began = Date.now();
  let saidAt = began;
  let answeredAt = began;
  for (;;) {
    await delay(ASK_EVERY_MS);
    let model: Model;
    try {
      model = await ask<Model>(url);
      answeredAt = Date.now();
    } catch (error) {
      if (error instanceof NoAnswer && Date.now() - answeredAt < AWAY_FOR_MS) continue;
      throw error;
    }
    const state = model.rebuild?.state;
    if (state === 'reading' || state === 'comparing') {
      if (Date.now() - saidAt < SAY_EVERY_MS) continue;
      saidAt = Date.now();
      console.log(rebuildLine(model));
      continue;
    }
    if (model.comparison) for (const line of comparisonLines(model.comparison)) console.log(line);
    const tookSeconds = ((Date.now() - began) / 1_000).toFixed(1);
    console.log(
      `${rebuildLine(model) ?? 'rebuild: the console was started again; see status'}, after ${tookSeconds} s`,
    );
    return state === 'switched';
  }
}

async function compare(url: string): Promise<boolean> {
  const comparison = await ask<Comparison>(`${url}/compare`, { method: 'POST' });
  for (const line of comparisonLines(comparison)) console.log(line);
  return comparison.equal;
}

async function switchBack(url: string): Promise<boolean> {
  const { generation } = await ask<{ generation: number }>(`${url}/switch-back`, { method: 'POST' });
  console.log(`generation ${generation} is shown again`);
  return true;
}

async function main(): Promise<boolean | void> {
  const { values, positionals } = commandLine(USAGE, {
    force: { type: 'boolean', default: false },
    ...WHICH_STACK,
  });
  const [verb, ...more] = positionals;
  if (!verb) return console.log(USAGE);
  noMore(verb, more);
  if (values.force && verb !== 'rebuild') throw new StackError('--force', `means nothing for ${verb}.`);
  switch (verb) {
    case 'status':
      return status(await modelUrl(values));
    case 'rebuild':
      return rebuild(await modelUrl(values), values.force);
    case 'compare':
      return compare(await modelUrl(values));
    case 'switch-back':
      return switchBack(await modelUrl(values));
    default:
      throw new StackError(verb, `is not a verb of this command.\n\n${USAGE}`);
  }
}

runTool(main);
