import { describe, expect, it } from "vitest";
import { homeKey, instanceKey, releasesFolder, runFolder } from "./base-folder.ts";

describe("a home's folders", () => {
  it("leave room for a socket, however long the home's path is", () => {
    for (const home of ["/srv/berth", `/srv/${"deep/".repeat(40)}home`]) {
      for (const driver of ["process", "unconfined"]) {
        const socket = `${runFolder(home, driver)}/${instanceKey("any")}/agent/agent.sock`;
        expect(Buffer.byteLength(socket)).toBeLessThanOrEqual(107);
      }
    }
  });

  it("differ between homes and drivers, and not with the way a home is written", () => {
    expect(runFolder("/a", "process")).not.toBe(runFolder("/b", "process"));
    expect(runFolder("/a", "process")).not.toBe(runFolder("/a", "unconfined"));
    expect(releasesFolder("/a/b/..")).toBe(releasesFolder("/a"));
    expect(homeKey("/a/")).toBe(homeKey("/a"));
  });
});
