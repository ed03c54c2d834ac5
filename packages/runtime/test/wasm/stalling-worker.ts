import { parentPort, workerData } from "node:worker_threads";
import { Cell } from "../../src/wasm/host/worker-messages.ts";

// A thread that gives beats like the real one until it is called, and then never again.

// The test gives it.
const cells = workerData as Int32Array;
setInterval(() => Atomics.add(cells, Cell.Beats, 1), 20);

parentPort?.on("message", () => {
  for (;;);
});
