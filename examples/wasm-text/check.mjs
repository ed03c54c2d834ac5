// Runs the module by hand, with a workspace of one file, and exits non-zero when an answer is wrong.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";

const module = await WebAssembly.compile(await readFile(new URL("agent.wasm", import.meta.url)));
const files = { "notes.txt": "Ships sail. Ships sink!" };

function run(name, input) {
  const { exports } = new WebAssembly.Instance(module, { agent: { host_call: hostCall } });
  const { memory, agent_alloc, agent_describe, agent_handle } = exports;

  function put(value) {
    const bytes = new TextEncoder().encode(JSON.stringify(value));
    const pointer = agent_alloc(bytes.length);
    new Uint8Array(memory.buffer, pointer, bytes.length).set(bytes);
    return [pointer, bytes.length];
  }
  function textAt(pointer, length) {
    return new TextDecoder().decode(new Uint8Array(memory.buffer, pointer, length));
  }
  function hostCall(op, opLength, json, length) {
    assert.equal(textAt(op, opLength), "workspace.read");
    const text = files[JSON.parse(textAt(json, length)).path];
    const [pointer, size] = put(text === undefined ? { error: { message: "no such file" } } : { ok: { text } });
    return (BigInt(pointer) << 32n) | BigInt(size);
  }
  const packed = BigInt.asUintN(64, name === "describe" ? agent_describe() : agent_handle(...put(input)));
  return JSON.parse(textAt(Number(packed >> 32n), Number(packed & 0xffff_ffffn)));
}

assert.equal(run("describe").name, "wasm-text");
assert.deepEqual(
  run("handle", { skill: "redact", input: { text: "Write ada@example.com, 0301234567 or 12." } }).output,
  {
    text: "Write ████████████████ ██████████ or 12.",
  },
);
assert.deepEqual(run("handle", { text: 'Ä "quoted" word.\nA second \\ word?' }).output, {
  words: 6,
  sentences: 2,
  frequent: [
    { word: "word", count: 2 },
    { word: "quoted", count: 1 },
    { word: "second", count: 1 },
  ],
});
assert.equal(run("handle", { skill: "analyze", input: { path: "notes.txt" } }).output.words, 4);
assert.equal(run("handle", { input: { path: "none.txt" } }).reject, "no such file");
assert.match(run("handle", { skill: "dance", text: "x" }).reject, /no skill "dance"/);
assert.match(run("handle", {}).reject, /Send a text/);
console.log("wasm-text: ok");
