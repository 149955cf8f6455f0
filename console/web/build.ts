/**
 * Builds the page into console/web/dist, unless what is there was built of the same sources: `npm run
 * console:page`. Needs nothing but what npm installed. Each file lies there compressed too, so that serving
 * costs no CPU.
 */
import { globSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { build } from 'vite';
import { DIST, hashOfSources, MARK, pageIsBuilt } from './sources.ts';

const HERE = import.meta.dirname;
/** Smaller ones are not worth a second file. */
const COMPRESS_FROM = 1000;

function compress(folder: string): void {
  for (const file of globSync('**/*.{js,css,html,svg}', { cwd: folder })) {
    const whole = path.join(folder, file);
    const content = readFileSync(whole);
    if (content.length < COMPRESS_FROM) continue;
    writeFileSync(`${whole}.gz`, gzipSync(content, { level: 9 }));
    writeFileSync(
      `${whole}.br`,
      brotliCompressSync(content, { params: { [constants.BROTLI_PARAM_SIZE_HINT]: content.length } }),
    );
  }
}

/** @returns false if there was nothing to do */
export async function buildPage(): Promise<boolean> {
  const hash = hashOfSources();
  if (pageIsBuilt(hash)) return false;
  // Somebody may be reading the page that is there: it is put into place whole.
  const fresh = `${DIST}.${process.pid}`;
  await build({
    configFile: path.join(HERE, 'vite.config.ts'),
    logLevel: 'warn',
    build: { outDir: fresh, emptyOutDir: true },
  });
  compress(fresh);
  writeFileSync(path.join(fresh, MARK), hash);
  try {
    rmSync(DIST, { recursive: true, force: true });
    renameSync(fresh, DIST);
  } catch (error) {
    rmSync(fresh, { recursive: true, force: true });
    // Another command may have been quicker.
    if (!pageIsBuilt(hash)) throw error;
  }
  return true;
}

if (import.meta.main) {
  const began = Date.now();
  const built = await buildPage();
  console.log(
    built
      ? `console/web/dist was built in ${((Date.now() - began) / 1000).toFixed(1)} s`
      : 'console/web/dist is as its sources are',
  );
}
