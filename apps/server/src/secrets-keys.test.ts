import { randomBytes } from "node:crypto";
import { rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { temporaryFolder } from "@berth/testing";
import { expect, test } from "vitest";
import { readServerConfig } from "./config.ts";
import { loadSecretsKeys } from "./secrets-keys.ts";

test("the master key is made once, and a renamed one still opens what it sealed", async () => {
  using folder = temporaryFolder();
  const first = await loadSecretsKeys(folder.path, undefined);
  expect(await loadSecretsKeys(folder.path, undefined)).toEqual({ current: first.current, earlier: [] });
  await rename(join(folder.path, "secrets"), join(folder.path, "secrets.1"));
  const second = await loadSecretsKeys(folder.path, undefined);
  expect(second.earlier).toEqual([first.current]);
  expect(second.current).not.toEqual(first.current);
});

test("keys of the environment go before the file, whose key still opens what it sealed", async () => {
  using folder = temporaryFolder();
  const [fresh, old, file] = [randomBytes(32), randomBytes(32), randomBytes(32)];
  await writeFile(join(folder.path, "secrets"), file);
  expect(await loadSecretsKeys(folder.path, [fresh, old])).toEqual({ current: fresh, earlier: [old, file] });
});

test("BERTH_SECRETS_KEY is 32 bytes in base64, and is never said", () => {
  const key = randomBytes(32).toString("base64");
  expect(readServerConfig({ BERTH_SECRETS_KEY: `${key}, ${key}` }, "/srv").secretsKeys).toHaveLength(2);
  expect(readServerConfig({}, "/srv").secretsKeys).toBeUndefined();
  for (const wrong of [key.slice(8), `${key},`, "a password that somebody liked"]) {
    let said = "";
    try {
      readServerConfig({ BERTH_SECRETS_KEY: wrong }, "/srv");
    } catch (error) {
      said = JSON.stringify(error) + String(error);
    }
    expect(said).toContain("BERTH_SECRETS_KEY");
    expect(said).not.toContain(wrong.slice(0, 12));
  }
});
