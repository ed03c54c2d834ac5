import { expect, test } from "vitest";
import { SessionNotes } from "./session-notes.ts";

const reader = (): { update: () => Promise<void>; end: () => void; heard: string[] } => {
  const heard: string[] = [];
  return { heard, update: async () => void heard.push("update"), end: () => void heard.push("end") };
};

test("a session keeps its level and its subscriptions", async () => {
  const notes = new SessionNotes();
  expect(notes.logLevelOf("a")).toBe("info");
  notes.setLogLevel("a", "error");
  expect([notes.logLevelOf("a"), notes.logLevelOf("b")]).toEqual(["error", "info"]);
  await notes.subscribe("a", "x:1");
  await notes.subscribe("a", "x:1");
  await notes.subscribe("a", "x:2");
  await notes.unsubscribe("a", "x:2");
  await notes.unsubscribe("b", "x:1");
  expect([...notes.read("a", reader()).uris]).toEqual(["x:1"]);
});

test("a session subscribes to so many resources, of so many characters, and no more", async () => {
  const notes = new SessionNotes();
  for (let n = 0; n < 32; n++) await notes.subscribe("a", `x:${n}`);
  await notes.subscribe("a", "x:0");
  await expect(notes.subscribe("a", "x:32")).rejects.toMatchObject({ reason: "INVALID_PARAMS" });
  await expect(notes.subscribe("b", "x".repeat(2_000))).rejects.toMatchObject({ reason: "INVALID_PARAMS" });
  await notes.unsubscribe("a", "x:0");
  await notes.subscribe("a", "x:32");
});

test("the newest reader is told, and an older one ends", async () => {
  const notes = new SessionNotes();
  const [first, second] = [reader(), reader()];
  const older = notes.read("a", first);
  const newer = notes.read("a", second);
  await notes.subscribe("a", "x:1");
  older[Symbol.dispose]();
  await notes.unsubscribe("a", "x:1");
  expect([first.heard, second.heard]).toEqual([["end"], ["update", "update"]]);
  newer[Symbol.dispose]();
  await notes.subscribe("a", "x:2");
  expect(second.heard).toHaveLength(2);
});

test("what a thousand others have said since is forgotten, but for a session whose stream is open", () => {
  const notes = new SessionNotes();
  notes.setLogLevel("open", "error");
  using _open = notes.read("open", reader());
  notes.setLogLevel("idle", "error");
  for (let n = 0; n < 1_000; n++) notes.setLogLevel(`s${n}`, "debug");
  expect([notes.logLevelOf("open"), notes.logLevelOf("idle")]).toEqual(["error", "info"]);
});
