// Makes the calls that runner.cc made, in V8, and prints the same lines. Arguments: pairs of a module and the runner's output.
// For each pair the lines go to the second file's name with ".v8" behind it.
import fs from 'node:fs';

const wasmTag = new WebAssembly.Tag({ parameters: ['i32'] });
const jsTag = WebAssembly.JSTag;

const scratch = new DataView(new ArrayBuffer(8));
function f32Text(value) {
  if (Number.isNaN(value)) return 'f32:nan';
  scratch.setFloat32(0, value);
  return 'f32:0x' + scratch.getUint32(0).toString(16);
}
function f64Text(value) {
  if (Number.isNaN(value)) return 'f64:nan';
  scratch.setFloat64(0, value);
  return 'f64:0x' + scratch.getBigUint64(0).toString(16);
}
function argument(word) {
  if (word === 'null') return null;
  const [type, text] = word.split(':');
  if (type === 'i32') return Number(text);
  if (type === 'i64') return BigInt(text);
  if (type === 'f32') {
    scratch.setUint32(0, Number(text));
    return scratch.getFloat32(0);
  }
  scratch.setBigUint64(0, BigInt(text));
  return scratch.getFloat64(0);
}
// JavaScript does not tell the numeric types apart; the other side's text of the same value does.
function resultText(value, expected) {
  if (typeof value === 'bigint') return `i64:${value}`;
  if (typeof value !== 'number') return value === null ? 'null' : 'ref';
  if (expected?.startsWith('f32')) return f32Text(value);
  if (expected?.startsWith('f64')) return f64Text(value);
  if (expected === 'ref') return 'ref';  // an i31
  return `i32:${value}`;
}

const traps = [
  [/unreachable/, 'unreachable'],
  [/divide by zero|remainder by zero/, 'zero'],
  [/unrepresentable/, 'unrepresentable'],
  [/memory access out of bounds|data segment out of bounds/, 'memory'],
  [/table index is out of bounds|table access|element segment out of bounds/, 'table'],
  [/null function or function signature mismatch|signature mismatch/, 'signature'],
  [/dereferencing a null pointer|rethrowing null value/, 'null'],
  [/array element access out of bounds/, 'array'],
  [/illegal cast/, 'cast'],
  [/too large|Maximum call stack|out of memory|allocation failed/i, 'limit'],
];
function failureText(error) {
  if (error instanceof WebAssembly.RuntimeError || error instanceof RangeError) {
    const found = traps.find(([pattern]) => pattern.test(error.message));
    if (found) return `! ${found[1]}`;
    if (error instanceof WebAssembly.RuntimeError) return `! ${error.message}`;
  }
  return '! exception';
}

// (param v128) -> two i64 to JavaScript, which cannot take a vector.
const vectorLogger = new WebAssembly.Module(new Uint8Array([
  0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 10, 2, 0x60, 2, 0x7e, 0x7e, 0, 0x60, 1, 0x7b, 0, 2, 7, 1, 1, 0x65, 1, 0x6c, 0, 0, 3, 2, 1, 1,
  7, 5, 1, 1, 0x6c, 0, 1, 10, 16, 1, 14, 0, 0x20, 0, 0xfd, 0x1d, 0, 0x20, 0, 0xfd, 0x1d, 1, 0x10, 0, 0x0b]));

class Session {
  constructor(modulePath, planPath) {
    this.module = new WebAssembly.Module(fs.readFileSync(modulePath));
    this.lines = [];
    this.expected = fs.readFileSync(planPath, 'utf8').split('\n');
    this.plan = this.expected.filter((line) => line.startsWith('plan ')).map((line) => {
      const [, name, ...words] = line.split(' ');
      return { line, name, args: words.map(argument) };
    });
    // The other engine gave its last call up: that call may never end.
    const calls = this.expected.filter((line) => line.startsWith('call ')).length;
    this.calls = this.expected.includes('! limit') ? calls - 1 : this.plan.length;
    this.exports = null;
  }
  print(line) { this.lines.push(line); }

  imports() {
    const table = () => this.exports?.table;
    const functions = {
      'log-i32': (value) => this.print(`log i32:${value}`),
      'log-i64': (value) => this.print(`log i64:${value}`),
      'log-f32': (value) => this.print(`log ${f32Text(value)}`),
      'log-f64': (value) => this.print(`log ${f64Text(value)}`),
      'log-v128': new WebAssembly.Instance(vectorLogger, {
        e: { l: (low, high) => this.print(`log i64:${low} i64:${high}`) },
      }).exports.l,
      throw: (which) => {
        if (which === 0) throw 'thrown by the host';
        throw new WebAssembly.Exception(wasmTag, [which]);
      },
      'table-get': (index) => {
        if (!table()) return null;
        if (index >>> 0 >= Number(table().length)) throw 'beyond the table';
        return table().get(this.tableIndex(index));
      },
      'table-set': (index, value) => {
        if (!table()) return;
        if (index >>> 0 >= Number(table().length)) throw 'beyond the table';
        table().set(this.tableIndex(index), value);
      },
      'call-export': (index) => { this.callExport(index); },
      'call-export-catch': (index) => {
        try {
          this.callExport(index);
          return 0;
        } catch (error) {
          if (failureText(error) !== '! exception') throw error;
          return 1;
        }
      },
      sleep: (_, id) => id,
    };
    const object = {};
    for (const item of WebAssembly.Module.imports(this.module)) {
      object[item.module] ??= {};
      object[item.module][item.name] =
        item.kind === 'tag' ? (item.name === 'jstag' ? jsTag : wasmTag) : functions[item.name] ?? (() => null);
    }
    return object;
  }
  // A table with 64-bit indices takes a BigInt.
  tableIndex(index) { return typeof this.exports.table.length === 'bigint' ? BigInt(index >>> 0) : index >>> 0; }
  callExport(index) {
    if (this.plan.length === 0 || !this.exports) return;
    const { name, args } = this.plan[(index >>> 0) % this.plan.length];
    this.exports[name](...args);
  }

  // Like runner.cc: what is thrown or trapped ends the call; false ends the comparison.
  attempt(body) {
    try {
      const result = body();
      const words = (this.expectedResult() ?? '').split(' ').slice(1);
      const values = result === undefined ? [] : Array.isArray(result) ? result : [result];
      this.print(['=', ...values.map((value, i) => resultText(value, words[i]))].join(' '));
      return true;
    } catch (error) {
      this.print(failureText(error));
      return this.lines.at(-1) !== '! limit';
    }
  }
  // The line that the other engine printed at this place, if it is a result.
  expectedResult() {
    const line = this.expected[this.lines.length];
    return line?.startsWith('=') ? line : undefined;
  }

  run() {
    for (const { line } of this.plan) this.print(line);
    this.print('instantiate');
    if (!this.attempt(() => {
      this.instance = new WebAssembly.Instance(this.module, this.imports());
      this.exports = this.instance.exports;
    })) return;
    if (!this.exports) return;
    for (const { name, args } of this.plan.slice(0, this.calls)) {
      this.print(`call ${name}`);
      if (!this.attempt(() => this.exports[name](...args))) return;
    }
    if (this.calls < this.plan.length) return;
    this.printState();
  }
  printState() {
    for (const { name, kind } of WebAssembly.Module.exports(this.module)) {
      if (kind === 'memory') {
        const bytes = new Uint8Array(this.exports[name].buffer);
        let hash = 2166136261;
        for (const byte of bytes) hash = Math.imul(hash ^ byte, 16777619);
        this.print(`memory ${name} ${bytes.length} 0x${(hash >>> 0).toString(16)}`);
      } else if (kind === 'global') {
        const expected = this.expected.find((line) => line.startsWith(`global ${name} `));
        if (expected) this.print(`global ${name} ${resultText(this.exports[name].value, expected.split(' ')[2])}`);
      }
    }
  }
}

const paths = process.argv.slice(2);
for (let i = 0; i < paths.length; i += 2) {
  let lines;
  try {
    const session = new Session(paths[i], paths[i + 1]);
    session.run();
    lines = session.lines;
  } catch (error) {
    lines = [`${error}`];
  }
  fs.writeFileSync(`${paths[i + 1]}.v8`, lines.join('\n') + '\n');
}
