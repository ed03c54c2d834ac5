import { randomBytes } from "node:crypto";
import type { Principal } from "@berth/protocol";
import { expect, test } from "vitest";
import { Sealer } from "./sealer.ts";

const ada: Principal = { kind: "user", id: "usr_ada", orgId: "org_a", scopes: [] };
const secret = randomBytes(32);

test("opens for its purpose and principal, on every node with the secret", () => {
  const sealed = new Sealer(secret).seal("task", ada, { taskId: "task_1" });
  const other = new Sealer(secret);
  expect(other.open("task", ada, sealed)).toEqual({ taskId: "task_1" });
  expect(other.open("session", ada, sealed)).toBeUndefined();
  expect(other.open("task", { ...ada, id: "usr_bob" }, sealed)).toBeUndefined();
  expect(other.open("task", { ...ada, orgId: "org_b" }, sealed)).toBeUndefined();
  expect(new Sealer(randomBytes(32)).open("task", ada, sealed)).toBeUndefined();
  expect(sealed).not.toContain("task_1");
});

test("every change of a seal is noticed", () => {
  const sealer = new Sealer(secret);
  const sealed = sealer.seal("task", ada, { taskId: "task_1" });
  for (let i = 0; i < sealed.length; i++) {
    const changed = `${sealed.slice(0, i)}${sealed[i] === "A" ? "B" : "A"}${sealed.slice(i + 1)}`;
    expect(sealer.open("task", ada, changed), `at ${i}`).toBeUndefined();
  }
  for (const text of ["", "A", `${sealed}A`, `${sealed}=`, ` ${sealed}`, sealed.slice(1), "x".repeat(5_000)]) {
    expect(sealer.open("task", ada, text)).toBeUndefined();
  }
});
