// node check.mjs FOLDER [--count]: runs the networks of cases.json in ONNX Runtime and counts the outputs that are not the
// golden reference's. Without --count, every difference must be one that rounding explains.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as ort from 'onnxruntime-node';

const folder = process.argv[2];
const onlyCounts = process.argv.includes('--count');

// A multiplier has 15 bits or more, so an output of up to 256 steps is off by less than 2^-6 of a step before it is
// rounded, and half of that for each of the two parts; the runtime's floats add less.
const tieWidth = 2 ** -6;
// Layers before may have rounded a tie the other way (a quarter of all averages of 2 x 2 integers are ties, and half of these
// differ), and a normalization doubles that.
const inheritedShare = 0.15;
const inheritedSteps = 2;
// Real outputs: a share of the greatest, for the runtime's floats and the multipliers' 15 bits.
const realTolerance = 1e-4;

const types = { float: ['float32', Float32Array], int8: ['int8', Int8Array], uint8: ['uint8', Uint8Array] };

function numbers(name, Type) {
  const bytes = readFileSync(join(folder, name));
  return new Type(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
}

/** Outputs of all inputs, in steps of the output's grid. */
async function outputsOf(test, level) {
  const session = await ort.InferenceSession.create(join(folder, `${test.name}.onnx`), {
    graphOptimizationLevel: level, logSeverityLevel: 3,
  });
  const [type, Store] = types[test.type];
  const inputs = numbers(`${test.name}.inputs`, Float32Array);
  const size = inputs.length / test.inputs;
  const steps = [];
  for (let i = 0; i < test.inputs; ++i) {
    const data = Store.from(inputs.subarray(i * size, (i + 1) * size));
    const results = await session.run({ [test.input]: new ort.Tensor(type, data, test.shape) });
    const output = results[session.outputNames[0]];
    const real = output.type === 'float32';
    for (const value of output.data) steps.push(real ? value / test.scale + test.zero_point : value);
  }
  return steps;
}

/** Numbers of the greatest output of each input. */
function classes(values, inputs) {
  const size = values.length / inputs;
  return Array.from({ length: inputs }, (_, i) => {
    const part = Array.from(values.slice(i * size, (i + 1) * size));
    return part.indexOf(Math.max(...part));
  });
}

/** How the runtime's outputs differ from the golden reference's. */
function differences(test, steps) {
  const expected = numbers(`${test.name}.expected`, Int32Array), exact = numbers(`${test.name}.exact`, Float32Array);
  const found = { outputs: expected.length, different: 0, ties: 0, inherited: 0, greatest: 0, unexplained: [] };
  if (steps.length !== expected.length) found.unexplained.push(`${steps.length} outputs, expected ${expected.length}`);
  const isReal = test.bits > 8;  // 32 bits, for what the file leaves real
  const largest = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 1);
  expected.forEach((value, i) => {
    const distance = Math.abs((isReal ? steps[i] : Math.round(steps[i])) - value);
    found.greatest = Math.max(found.greatest, isReal ? (100 * distance) / largest : distance);
    if (isReal ? distance < realTolerance * largest : distance === 0) return;
    ++found.different;
    const toTie = Math.abs(exact[i] - Math.floor(exact[i]) - 0.5);
    if (distance === 1 && toTie < tieWidth) {
      ++found.ties;
    } else if (distance <= inheritedSteps && test.layers > 1) {
      ++found.inherited;
    } else {
      found.unexplained.push(`output ${i}: reference ${value}, runtime ${steps[i]}, exact ${exact[i]}`);
    }
  });
  if (found.inherited > inheritedShare * found.outputs) found.unexplained.push(`${found.inherited} outputs inherit`);
  const [ours, theirs] = [expected, steps].map((values) => classes(values, test.inputs));
  found.agreeing = ours.filter((number, i) => number === theirs[i]).length;
  found.most = isReal ? `${found.greatest.toFixed(3)} %` : found.greatest.toFixed(0);
  return found;
}

/** One line of the table; the columns of the fused run are the last two. */
function line(name, outputs, different, ties, inherited, most, agreeing, fusedDifferent, fusedMost) {
  const cells = [[outputs, 8], [different, 10], [ties, 5], [inherited, 10], [most, 9], [agreeing, 8],
                 [fusedDifferent, 17], [fusedMost, 9]];
  console.log(name.padEnd(30) + cells.map(([text, width]) => String(text).padStart(width)).join(' '));
}

const cases = JSON.parse(readFileSync(join(folder, 'cases.json'), 'utf8'));
line('network', 'outputs', 'different', 'ties', 'inherited', 'most', 'top-1', 'fused: different', 'most');
let failures = 0;
const sum = { outputs: 0, different: 0, ties: 0, inherited: 0, fused: 0 };
for (const test of cases) {
  const found = differences(test, await outputsOf(test, 'disabled'));
  const fused = differences(test, await outputsOf(test, 'all'));
  for (const key of ['outputs', 'different', 'ties', 'inherited']) sum[key] += found[key];
  sum.fused += fused.different;
  line(test.name, found.outputs, found.different, found.ties, found.inherited, found.most,
       `${found.agreeing}/${test.inputs}`, fused.different, fused.most);
  if (found.unexplained.length === 0 || onlyCounts) continue;
  ++failures;
  console.log(`  unexplained: ${found.unexplained.slice(0, 5).join('\n               ')}`);
}
console.log(`${cases.length} networks, ${sum.outputs} outputs: ${sum.different} differ, ${sum.ties} at ties, ${sum.inherited} from ` +
            `layers before; ${sum.fused} differ where the runtime fuses quantized operators`);
process.exit(failures > 0 ? 1 : 0);
