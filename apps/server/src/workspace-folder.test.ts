import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { readServerConfig } from "./config.ts";
import { openWorkspaceFolder } from "./workspace-folder.ts";

let scratch: string;
beforeEach(() => {
  scratch = mkdtempSync(join(tmpdir(), "berth-workspace-folder-"));
  mkdirSync(join(scratch, "project/.berth"), { recursive: true });
  mkdirSync(join(scratch, "..data"));
});
afterEach(() => rmSync(scratch, { recursive: true }));

test("a folder that holds the platform's own home is no workspace: its keys would be files", () => {
  const home = join(scratch, "project/.berth");
  symlinkSync(join(scratch, "project"), join(scratch, "link"));
  for (const folder of ["project", "project/.berth", "link", "."]) {
    expect(() => openWorkspaceFolder(join(scratch, folder), home), folder).toThrow("holds the platform's own home");
  }
  openWorkspaceFolder(join(scratch, "..data"), home).close();
  expect(() => openWorkspaceFolder(join(scratch, "absent"), home)).toThrow("is no folder that can be used");
});

test("BERTH_WORKSPACE_DIR is read relative to where the platform is started, and is off by default", () => {
  expect(readServerConfig({ BERTH_WORKSPACE_DIR: "data" }, "/srv").workspaceFolder).toBe("/srv/data");
  expect(readServerConfig({}, "/srv").workspaceFolder).toBeUndefined();
});
