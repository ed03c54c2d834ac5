import { describe, expect, it } from "vitest";
import { createIssueCredentials } from "./issue-credentials.ts";
import type { IssueCredentialsOptions } from "./issue-credentials.ts";
import { RunRegistry } from "./run-registry.ts";

describe("operations of a run", () => {
  it("are over when those under way have ended, well or not", async () => {
    const runs = new RunRegistry();
    const first = Promise.withResolvers<string>();
    const second = Promise.withResolvers<never>();
    const told: string[] = [];
    const given = runs.during("task_1", async () => await first.promise);
    const failed = runs.during("task_1", async () => await second.promise);
    failed.catch(() => undefined);
    const settled = runs.settled("task_1").then(() => told.push("settled"));
    await runs.settled("task_2");
    first.resolve("written");
    expect(await given).toBe("written");
    told.push("first");
    second.reject(new Error("no space"));
    await expect(failed).rejects.toThrow("no space");
    await settled;
    expect(told).toEqual(["first", "settled"]);
    await runs.settled("task_1");
  });

  it("of a lost execution have ended before the next one gets its grant, which is the only one that counts", async () => {
    const runs = new RunRegistry();
    const made: string[] = [];
    const issue = async (): Promise<never> => {
      made.push(`grt_${made.length + 1}`);
      const record = { grantId: made.at(-1), scope: { read: [] }, expiresAt: "2026-11-29T12:00:00.000Z" };
      return { record, token: `token ${made.length}`, renewed: true } as never; // what the credentials are made of
    };
    const issueCredentials = createIssueCredentials({
      runs,
      grants: { mint: issue, extend: issue } as unknown as IssueCredentialsOptions["grants"],
      grantsOfRun: async () => made.map((grantId) => ({ grantId })) as never, // only the ids are read
      principalToken: async () => "jwt",
    });
    const record = { orgId: "org_1", taskId: "task_1", contextId: "ctx_1", agentId: "agt_1" };
    const execution = {
      task: { record, accepted: { agentName: "echo" } } as never, // what is read of it
      spec: {} as never,
      principal: { kind: "user", id: "usr_1", orgId: "org_1", scopes: ["invoke"] },
      deadline: "2026-11-29T12:00:00.000Z",
      workspace: undefined,
      isExecution: true,
    } as const;
    await issueCredentials(execution);
    expect(runs.find("org_1", "task_1")?.superseded.size).toBe(0);
    const write = Promise.withResolvers<void>();
    const writing = runs.during("task_1", async () => await write.promise);
    const told: string[] = [];
    const next = issueCredentials(execution).then(({ credentials }) => told.push(`goes on with ${credentials.grant}`));
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
    told.push("still writing");
    write.resolve();
    await Promise.all([writing, next]);
    expect(told).toEqual(["still writing", "goes on with token 2"]);
    expect([...(runs.find("org_1", "task_1")?.superseded ?? [])]).toEqual(["grt_1"]);
  });
});
