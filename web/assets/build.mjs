// Builds every browser asset into ../static/dist:  node build.mjs [--report]   (no network, about one second)
// Names carry a hash of the content, so that they may be cached for ever; each file is also stored gzip-compressed.
import { build } from 'esbuild';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

const here = dirname(fileURLToPath(import.meta.url));
const out = join(here, '../static/dist');
await rm(out, { recursive: true, force: true });
await mkdir(out, { recursive: true });

const { metafile } = await build({
  absWorkingDir: here,
  entryPoints: ['src/app.js', 'src/viewer.js', 'src/hall.js', 'src/css/pages.css', 'src/css/hall.css', 'src/css/comparison.css', 'src/css/counters.css', 'src/css/people.css'],
  outdir: out,
  bundle: true,
  minify: true,
  splitting: true,
  format: 'esm',
  metafile: true,
  charset: 'utf8',
  logLevel: 'warning',
  legalComments: 'linked',
  target: ['chrome86', 'edge86', 'firefox102', 'safari15'], // domestic browsers stand on old Chromium
  entryNames: '[name]-[hash]',
  chunkNames: 'chunk-[hash]',
  loader: { '.woff2': 'file', '.woff': 'empty', '.ttf': 'empty', '.eot': 'empty', '.svg': 'dataurl' },
});

// manifest.json: logical name -> { file, preload: what the file imports at once }
const imports = (file, seen = new Set()) => {
  for (const i of metafile.outputs[file].imports) {
    if (i.kind === 'import-statement' && !seen.has(i.path)) { seen.add(i.path); imports(i.path, seen); }
  }
  return seen;
};
const manifest = {};
for (const [file, output] of Object.entries(metafile.outputs)) {
  if (!output.entryPoint) continue;
  if (output.entryPoint.endsWith('.css')) {
    manifest[basename(output.entryPoint)] = { file: basename(file), preload: [] };
    continue;
  }
  const name = basename(output.entryPoint, '.js');
  manifest[`${name}.js`] = { file: basename(file), preload: [...imports(file)].map((p) => basename(p)) };
  if (output.cssBundle) manifest[`${name}.css`] = { file: basename(output.cssBundle), preload: [] };
}
await writeFile(join(out, 'manifest.json'), JSON.stringify(manifest, null, 1));

const sizes = [];
for (const file of await readdir(out)) {
  if (!/\.(js|css)$/.test(file)) continue;
  const bytes = await readFile(join(out, file));
  const packed = gzipSync(bytes, { level: 9 });
  await writeFile(join(out, `${file}.gz`), packed);
  sizes.push({ file, kB: +(bytes.length / 1000).toFixed(1), gz_kB: +(packed.length / 1000).toFixed(1) });
}
if (process.argv.includes('--report')) console.table(sizes);
