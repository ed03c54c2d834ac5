import { PlatformError } from "@berth/protocol";

/** Keeps lines for stacks and leaves out the source itself (JS_STRIP_SOURCE of quickjs.h). */
const STRIP_SOURCE = 1;

interface Engine {
  readonly memory: WebAssembly.Memory;
  _initialize(): void;
  qjs_init(): number;
  wasm_malloc(bytes: number): number;
  qjs_compile(code: number, length: number, file: number, evalFlags: number, flags: number, outLength: number): number;
}

/**
 * A script as the engine's bytecode, so that no call parses it again. The engine only reads the script here; nothing of it runs.
 * @throws BUILD_FAILED
 */
export async function compileScript(
  engine: Uint8Array<ArrayBuffer>,
  script: string,
  file: string,
): Promise<Uint8Array> {
  const module = await WebAssembly.compile(engine);
  const instance = await WebAssembly.instantiate(module, silentHost(module));
  // Its exports are functions of C with these parameters; see engine-module.ts for where it comes from.
  const api = instance.exports as unknown as Engine;
  const put = (text: string): { readonly address: number; readonly length: number } => {
    const bytes = new TextEncoder().encode(`${text}\0`);
    const address = api.wasm_malloc(bytes.length);
    new Uint8Array(api.memory.buffer).set(bytes, address);
    return { address, length: bytes.length - 1 };
  };
  try {
    api._initialize();
    api.qjs_init();
    const [code, name, outLength] = [put(script), put(file), api.wasm_malloc(4)];
    const at = api.qjs_compile(code.address, code.length, name.address, 0, STRIP_SOURCE, outLength);
    if (at === 0) throw new Error("the engine cannot read it");
    const length = new DataView(api.memory.buffer).getUint32(outLength, true);
    return new Uint8Array(api.memory.buffer, at, length).slice();
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new PlatformError("BUILD_FAILED", `The agent's code cannot be compiled for WebAssembly: ${why}.`, { cause });
  }
}

/** Nothing is asked of it while a script is read. */
function silentHost(module: WebAssembly.Module): WebAssembly.Imports {
  const host: Record<string, Record<string, () => number>> = {};
  for (const { module: from, name } of WebAssembly.Module.imports(module)) (host[from] ??= {})[name] = () => 0;
  return host;
}
