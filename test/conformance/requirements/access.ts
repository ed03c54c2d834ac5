import { TaskState } from "@berth/protocol";
import { expect, test } from "vitest";
import { refusal } from "../bindings/index.ts";
import type { Binding, BindingClient } from "../bindings/index.ts";
import { saying, taskOf } from "../house.ts";
import type { House } from "../house.ts";

type Operation = (client: BindingClient, id: string) => Promise<unknown>;

/** Every operation that names a task. */
const ON_A_TASK: Readonly<Record<string, Operation>> = {
  get: async (client, id) => await client.get({ id }),
  cancel: async (client, id) => await client.cancel({ id }),
  subscribe: async (client, id) => await client.subscribe({ id }),
  resume: async (client, id) => await client.subscribe({ id, after: 0 }),
  "send to": async (client, id) => await client.send(saying("echo hi", { taskId: id })),
  "stream to": async (client, id) => await client.stream(saying("echo hi", { taskId: id })),
};

const OPERATIONS: Readonly<Record<string, Operation>> = {
  ...ON_A_TASK,
  send: async (client) => await client.send(saying("echo hi")),
  stream: async (client) => await client.stream(saying("echo hi")),
  list: async (client) => await client.list({}),
};

/** Who may do what, and who learns of what. */
export function describeAccess(house: House, binding: Binding): void {
  test.each(Object.entries(OPERATIONS))(
    "[AUTH-SERVER-002] %s needs a credential, and the refusal says which kind",
    async (_name, operation) => {
      const { id } = taskOf(await house.client(binding).send(saying("ask what?")));
      const error = await refusal(operation(house.client(binding, { as: "nobody" }), id));
      expect(error.reason).toBe("UNAUTHENTICATED");
      if (binding.name === "GRPC") expect(error.code).toBe(16);
      else {
        expect(error.httpStatus).toBe(401);
        // RFC 9728 §5.1: where a client learns whom to ask for a token.
        expect(error.headers.get("www-authenticate")).toMatch(
          /^Bearer realm="berth", resource_metadata="http:\/\/[^"]+\/\.well-known\/oauth-protected-resource\/[^"]+"$/,
        );
      }
    },
  );

  test("[AUTH-SERVER-003] a wrong credential is refused even where none is needed", async () => {
    const headers = { authorization: `Bearer berth_sk_${"0".repeat(10)}_${"0".repeat(38)}` };
    const client = house.client(binding, { agent: "rogue", as: "nobody", headers });
    expect((await refusal(client.send(saying("none")))).reason).toBe("UNAUTHENTICATED");
    const none = house.client(binding, { agent: "rogue", as: "nobody" });
    expect(taskOf(await none.send(saying("none"))).status.state).toBe(TaskState.Completed);
  });

  test("[AUTH-SCOPE-001] a key that may only read may not send, and the refusal names the scope", async () => {
    const auditor = house.client(binding, { as: "auditor" });
    for (const operation of ["send", "stream"]) {
      const error = await refusal(OPERATIONS[operation]?.(auditor, "") ?? Promise.resolve());
      expect(error.reason).toBe("PERMISSION_DENIED");
      if (binding.name === "GRPC") expect(error.code).toBe(7);
      else expect(error.httpStatus).toBe(403);
      expect(String(error.metadata["hint"])).toContain("invoke");
    }
  });

  test("[AUTH-SCOPE-002] a list is of the caller's own tasks, whatever it filters by; with `read` of all", async () => {
    const contextId = crypto.randomUUID();
    const mine = taskOf(await house.client(binding).send(saying("echo mine", { contextId })));
    const theirs = taskOf(await house.client(binding, { as: "bob" }).send(saying("echo theirs", { contextId })));
    const seenBy = async (as: "alice" | "bob" | "auditor"): Promise<readonly string[]> =>
      (await house.client(binding, { as }).list({ contextId })).tasks.map(({ id }) => id);
    expect(await seenBy("alice")).toEqual([mine.id]);
    expect(await seenBy("bob")).toEqual([theirs.id]);
    expect(await seenBy("auditor")).toEqual([theirs.id, mine.id]);
  });

  test.each(Object.entries(ON_A_TASK))(
    "[AUTH-SCOPE-003] %s another's task is answered as if there were none",
    async (_name, operation) => {
      const client = house.client(binding);
      const theirs = taskOf(await client.send(saying("ask what?")));
      const bob = house.client(binding, { as: "bob" });
      const foreign = await refusal(operation(bob, theirs.id));
      const absent = await refusal(operation(bob, "task_unknown"));
      expect([foreign.reason, foreign.code, foreign.message]).toEqual(["TASK_NOT_FOUND", absent.code, absent.message]);
      expect(foreign.metadata).toEqual(absent.metadata);
      expect(await client.get({ id: theirs.id })).toEqual(theirs);
    },
  );

  test("[AUTH-SCOPE-004] a task of one agent does not exist at another", async () => {
    const { id } = taskOf(await house.client(binding).send(saying("ask what?")));
    const elsewhere = house.client(binding, { agent: "rogue" });
    for (const operation of Object.values(ON_A_TASK)) {
      expect((await refusal(operation(elsewhere, id))).reason).toBe("TASK_NOT_FOUND");
    }
  });

  test("[AUTH-SCOPE-005] who a message says is calling does not count", async () => {
    const contextId = crypto.randomUUID();
    const metadata = { "https://berth.dev/extensions/principal/v1": { kind: "user", id: "admin", scopes: ["admin"] } };
    await house.client(binding).send(saying("echo hi", { contextId, metadata }));
    const [task] = (await house.client(binding).list({ contextId, historyLength: 10 })).tasks;
    expect(JSON.stringify(task)).not.toContain("admin");
    expect((await house.client(binding, { as: "bob" }).list({ contextId })).totalSize).toBe(0);
  });
}
