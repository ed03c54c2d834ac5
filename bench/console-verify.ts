// How long the console takes to verify many receipts in Chromium, every check of each, in as many workers as it starts.
//
//   node bench/console-verify.ts --receipts 1000 --rounds 5
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { makeSampleLog } from "@berth/ledger/testing";
import { temporaryFolder } from "@berth/testing";
import { ConsoleBrowser } from "../test/e2e/console/harness.ts";
import { median, table } from "./statistics.ts";

const { values } = parseArgs({
  options: {
    receipts: { type: "string", default: "200" },
    rounds: { type: "string", default: "3" },
    json: { type: "boolean", default: false },
  },
});
const receipts = Number(values.receipts);
using folder = temporaryFolder();
const { bundle } = await makeSampleLog();
const file = join(folder.path, "receipts.jsonl");
writeFileSync(file, Array.from({ length: receipts }, () => bundle).join("\n"));

await using view = await ConsoleBrowser.start();
const { page } = view;
const rounds: number[] = [];
for (let n = 0; n < Number(values.rounds); n++) {
  await view.open("/receipts?tab=verify");
  // As for a person, who chooses a file when the screen has long been there.
  await page.waitForLoadState("networkidle");
  await page.getByLabel("A receipt bundle, or many, one a line").setInputFiles(file);
  const took = page.locator("[data-verify-ms]");
  await took.waitFor();
  rounds.push(Number(await took.getAttribute("data-verify-ms")));
}
const result = {
  receipts,
  workers: page.workers().length,
  medianMs: Number(median(rounds).toFixed(0)),
  bestMs: Math.min(...rounds),
  worstMs: Math.max(...rounds),
};
process.stdout.write(values.json ? `${JSON.stringify(result)}\n` : table([result]));
