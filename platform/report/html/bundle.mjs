// node bundle.mjs PACKAGES OUT: one HTML file of src/, with styles and scripts within. PACKAGES holds node_modules.
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const [packages, out] = process.argv.slice(2);
const source = join(dirname(fileURLToPath(import.meta.url)), 'src');
const esbuild = createRequire(join(packages, 'package.json'))('esbuild');

const { outputFiles } = await esbuild.build({
  entryPoints: [join(source, 'main.js')],
  bundle: true,
  minify: true,
  write: false,
  outdir: 'unused',
  format: 'iife',
  target: 'es2020',
  charset: 'utf8',
  legalComments: 'eof', // the licences of what is bundled stay in the page
  nodePaths: [join(packages, 'node_modules')],
});
const text = (ending) => outputFiles.find((file) => file.path.endsWith(ending)).text;

// Functions, because `$&` in a replacement text would mean something. No script may contain the end of a script element.
const page = readFileSync(join(source, 'page.html'), 'utf8')
  .replace('/* styles */', () => text('.css'))
  .replace('/* script */', () => text('.js').replaceAll('</script', '<\\/script'));
writeFileSync(out, page);
