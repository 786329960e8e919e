// Runs an ONNX network on the Fashion-MNIST test images in ONNX Runtime and prints its accuracy; with the predictions
// that terse_train wrote, also counts the images on which the two differ.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import * as ort from 'onnxruntime-node';

const usage = `usage: node check_onnx.mjs NETWORK.onnx [--predictions FILE] [--dataset DIR]

  --predictions FILE   classes predicted by terse_train, one a line; the exit code is 1 if more than 5 differ
  --dataset DIR        idx files, plain or .gz   [/usr/share/datasets/fashion-mnist]

example:
  node check_onnx.mjs ../../scenarios/networks/fashion.onnx`;

const batch = 500;
const toleratedDifferences = 5;

function fail(message) {
  console.error(`check_onnx: ${message}`);
  process.exit(2);
}

function parseArguments(list) {
  const options = { dataset: '/usr/share/datasets/fashion-mnist' };
  for (let i = 0; i < list.length; ++i) {
    if (list[i] === '--help') {
      console.log(usage);
      process.exit(0);
    } else if (list[i] === '--predictions' || list[i] === '--dataset') {
      options[list[i].slice(2)] = list[++i] ?? fail(`${list[i - 1]} needs a value`);
    } else if (list[i].startsWith('--') || options.network) {
      fail(`unexpected argument ${list[i]}\n${usage}`);
    } else {
      options.network = list[i];
    }
  }
  return options.network ? options : fail(`no network given\n${usage}`);
}

function readIdx(directory, name) {
  const plain = join(directory, name);
  if (existsSync(plain)) return readFileSync(plain);
  if (existsSync(`${plain}.gz`)) return gunzipSync(readFileSync(`${plain}.gz`));
  return fail(`${plain}[.gz] is not there (apt-get install dataset-fashion-mnist)`);
}

const options = parseArguments(process.argv.slice(2));
if (!existsSync(options.network)) fail(`${options.network}: no such file`);
const images = readIdx(options.dataset, 't10k-images-idx3-ubyte');
const labels = readIdx(options.dataset, 't10k-labels-idx1-ubyte').subarray(8);
const [count, rows, columns] = [4, 8, 12].map((offset) => images.readUInt32BE(offset));
const pixels = images.subarray(16);

const session = await ort.InferenceSession.create(options.network);
const predictions = [];
for (let first = 0; first < count; first += batch) {
  const size = Math.min(batch, count - first);
  const part = pixels.subarray(first * rows * columns, (first + size) * rows * columns);
  const image = new ort.Tensor('float32', Float32Array.from(part, (pixel) => pixel / 255), [size, 1, rows, columns]);
  const { logits } = await session.run({ image });
  const classes = logits.dims[1];
  for (let i = 0; i < size; ++i) {
    const scores = logits.data.subarray(i * classes, (i + 1) * classes);
    predictions.push(scores.indexOf(Math.max(...scores)));
  }
}

const right = predictions.filter((prediction, i) => prediction === labels[i]).length;
console.log(`${options.network}: ${right} of ${count} test images right, ${((100 * right) / count).toFixed(2)} %`);
if (options.predictions) {
  const expected = readFileSync(options.predictions, 'utf8').trim().split('\n').map(Number);
  if (expected.length !== count) fail(`${options.predictions}: ${expected.length} lines, expected ${count}`);
  const different = predictions.map((_, i) => i).filter((i) => predictions[i] !== expected[i]);
  console.log(`${different.length} predictions differ from ${options.predictions}` +
              (different.length ? ` (images ${different.slice(0, 10).join(', ')})` : ''));
  process.exit(different.length > toleratedDifferences ? 1 : 0);
}
