import type { DriverPrograms } from "../../src/sandbox-driver.contract.ts";
import { assembleAgent, fn, op } from "../../src/wasm/host/module/assemble.fixture.ts";

export const WASM_PROGRAMS: DriverPrograms = {
  entry: "agent.wasm",
  processes: false,
  answers: { source: assembleAgent({ handle: () => op.packed(0, 0) }), answer: '"assembled"' },
  failsAtStart: {
    source: assembleAgent({ handle: () => op.packed(0, 0), describe: () => [...op.unreachable] }),
    message: /trapped: unreachable/,
  },
  neverReady: assembleAgent({
    handle: () => op.packed(0, 0),
    describe: (text) => [
      ...op.line(...text("log"), ...text('{"message":"almost"}'), ...op.call(fn.hostCall), ...op.drop),
      ...op.line(...op.loop(op.again()), ...op.unreachable),
    ],
  }),
};
