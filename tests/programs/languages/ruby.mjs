// Runs ruby.wasm under Node's WASI, linked as `umber run --preload` links it: what tests/programs/run compares with.
// node ruby.mjs FOLDER: the folder of ruby-library.wasm and the modules around it; / is the current folder.
import { readFileSync } from "node:fs";
import { WASI } from "node:wasi";

const folder = process.argv[2];
const wasi = new WASI({ version: "preview1", args: ["ruby"], preopens: { "/": process.cwd() }, returnOnExit: false });
const imports = { wasi_snapshot_preview1: wasi.wasiImport };

function instantiate(name) {
  return new WebAssembly.Instance(new WebAssembly.Module(readFileSync(`${folder}/${name}.wasm`)), imports);
}

for (const name of ["rb-js-abi-host", "canonical_abi"]) imports[name] = instantiate(name).exports;
const ruby = instantiate("ruby-library");
wasi.initialize(ruby);
imports.ruby = ruby.exports;
instantiate("ruby").exports._start();
