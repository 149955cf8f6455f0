/** `npm run console:page`: the console's page, built where its sources have changed. */
import { buildPage } from '../../console/web/build.ts';
import { commandLine, noMore } from '../command-line.ts';
import { runTool } from '../run-tool.ts';

const USAGE = `npm run console:page

Builds the console's page into console/web/dist, unless what is there was built of the same sources. A stack that starts
does it too; one that runs serves the new page at once.`;

runTool(async () => {
  noMore('console:page', commandLine(USAGE, {}).positionals);
  const began = Date.now();
  console.log(
    (await buildPage())
      ? `console/web/dist was built in ${((Date.now() - began) / 1000).toFixed(1)} s`
      : 'console/web/dist is as its sources are',
  );
});
