// Writes docs/reference/authorization-matrix.md anew: the test that compares it does, when it is told to.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const vitest = fileURLToPath(new URL("../node_modules/vitest/vitest.mjs", import.meta.url));
const test = ["run", "--project", "unit", "packages/gateway/src/matrix", "--update"];
const { status } = spawnSync(process.execPath, [vitest, ...test], {
  cwd: fileURLToPath(new URL("../", import.meta.url)),
  stdio: "inherit",
});
process.exit(status ?? 1);
