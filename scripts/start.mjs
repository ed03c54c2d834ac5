// `npm start`: installs what is missing, starts the platform, shows a first call.
import { spawn } from "node:child_process";
import { join } from "node:path";
import { buildConsole } from "./build-console.mjs";
import { ensureDependencies, findNode, root } from "./ensure-dependencies.mjs";

ensureDependencies({ development: false });
buildConsole();
const child = spawn(findNode(), [join(root, "apps/server/src/main.ts"), "--first-look", ...process.argv.slice(2)], {
  stdio: "inherit",
});
// A terminal sends Ctrl-C to the whole group, so the child has it already; a `kill` of this process alone is passed on.
process.on("SIGINT", () => {});
process.on("SIGTERM", () => child.kill("SIGTERM"));
child.on("exit", (code, signal) => process.exit(signal === null ? (code ?? 1) : 1));
