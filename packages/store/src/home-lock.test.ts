import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { lockHome } from "./home-lock.ts";

const folder = mkdtempSync(path.join(tmpdir(), "berth-lock-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("lockHome", () => {
  it("makes the folder for its owner only", () => {
    const home = path.join(folder, "made", "here");
    lockHome(home).release();
    expect(statSync(home).mode & 0o777).toBe(0o700);
  });

  it("refuses a second owner, naming the folder and the first one", () => {
    const home = path.join(folder, "taken");
    const lock = lockHome(home);
    expect(() => lockHome(home)).toThrow(expect.objectContaining({ reason: "HOME_LOCKED" }));
    expect(() => lockHome(home)).toThrow(`${home} is in use by process ${process.pid}`);
    lock.release();
  });

  it("is free again after release, and releasing twice does not take it from the next owner", () => {
    const home = path.join(folder, "free");
    const first = lockHome(home);
    first.release();
    const second = lockHome(home);
    first.release();
    expect(() => lockHome(home)).toThrow(expect.objectContaining({ reason: "HOME_LOCKED" }));
    second.release();
  });

  it("says how to repair a folder that cannot be used", () => {
    const file = path.join(folder, "file");
    writeFileSync(file, "");
    expect(() => lockHome(path.join(file, "home"))).toThrow(
      expect.objectContaining({ reason: "HOME_UNWRITABLE", hint: expect.stringContaining("chown") }),
    );
  });
});
