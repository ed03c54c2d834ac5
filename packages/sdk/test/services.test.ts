import { createServer } from "node:http";
import type { IncomingMessage, Server } from "node:http";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { CallFailedError, ScopeDeniedError } from "../src/context.ts";
import { platformWorkspace } from "../src/services/platform-workspace.ts";
import { RunServices } from "../src/services/run-services.ts";
import { openServices } from "../src/services/services-client.ts";

interface Reply {
  readonly status?: number;
  readonly json?: unknown;
  readonly text?: string;
}

interface Asked {
  readonly method: string;
  readonly url: string;
  readonly authorization: string | undefined;
  readonly body: string;
}

const opened: { readonly server: Server; readonly folder: string }[] = [];
afterEach(async () => {
  for (const { server, folder } of opened.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await rm(folder, { recursive: true });
  }
});

/** A platform that answers as scripted, and what it was asked. */
async function platform(answer: (asked: Asked) => Reply): Promise<{ services: RunServices; asked: Asked[] }> {
  const folder = await mkdtemp(join(tmpdir(), "berth-sdk-"));
  const asked: Asked[] = [];
  const server = createServer((request, response) => {
    void readAll(request).then((body) => {
      const { method = "", url = "", headers } = request;
      const one = { method, url, authorization: headers.authorization, body };
      asked.push(one);
      const { status = 200, json, text } = answer(one);
      response.writeHead(status, { "content-type": json === undefined ? "text/plain" : "application/json" });
      response.end(json === undefined ? text : JSON.stringify(json));
    });
  });
  const socketPath = join(folder, "s.sock");
  await new Promise<void>((resolve) => {
    server.listen(socketPath, resolve);
  });
  opened.push({ server, folder });
  const credentials = { runId: "task_1", grant: "acg1_first", write: "outputs/task_1/" };
  const services = new RunServices(openServices(`unix:${socketPath}`), credentials, new AbortController().signal);
  return { services, asked };
}

async function readAll(request: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of request.setEncoding("utf8")) text += String(chunk);
  return text;
}

test("a file is read and written with the run's grant, below the run's own folder", async () => {
  const { services, asked } = await platform(({ method }) =>
    method === "PUT" ? { json: { path: "outputs/task_1/a b/r.md" } } : { text: "x,y" },
  );
  const workspace = platformWorkspace(services);
  expect(await workspace.readText("in puts/ä.csv")).toBe("x,y");
  expect(await workspace.write("a b/r.md", "# r")).toBe("outputs/task_1/a b/r.md");
  expect(asked).toEqual([
    {
      method: "GET",
      url: "/workspace/files/in%20puts/%C3%A4.csv",
      authorization: "Grant acg1_first",
      body: "",
    },
    {
      method: "PUT",
      url: "/workspace/files/outputs/task_1/a%20b/r.md",
      authorization: "Grant acg1_first",
      body: "# r",
    },
  ]);
});

test("a listing goes on until its last page", async () => {
  const { services } = await platform(({ url }) =>
    url.includes("after=a") ? { json: { files: [{ path: "b" }] } } : { json: { files: [{ path: "a" }], next: "a" } },
  );
  expect(await platformWorkspace(services).list()).toEqual(["a", "b"]);
});

test("a grant that ended is exchanged for the run's next one, once", async () => {
  const { services, asked } = await platform(({ url, authorization }) => {
    if (url === "/grant") return { json: { grant: "acg1_second" } };
    if (authorization === "Grant acg1_second") return { text: "ok" };
    return { status: 403, json: { reason: "GRANT_EXPIRED", detail: "The grant has expired." } };
  });
  expect(await platformWorkspace(services).readText("a")).toBe("ok");
  expect(asked.map(({ url, authorization }) => [url, authorization])).toEqual([
    ["/workspace/files/a", "Grant acg1_first"],
    ["/grant", "Grant acg1_first"],
    ["/workspace/files/a", "Grant acg1_second"],
  ]);
  expect(await platformWorkspace(services).readText("b")).toBe("ok");
});

test("a refusal carries the platform's reason and hint", async () => {
  const { services, asked } = await platform(() => ({
    status: 403,
    json: { reason: "GRANT_EXCEEDED", detail: "Not within the grant.", hint: "Ask with ctx.requestScope." },
  }));
  await expect(platformWorkspace(services).readText("a")).rejects.toMatchObject({
    name: "ServiceError",
    reason: "GRANT_EXCEEDED",
    message: "Not within the grant. Ask with ctx.requestScope.",
  });
  expect(asked).toHaveLength(1);
});

test("an approval is waited for, and its grant is used from then on", async () => {
  let polls = 0;
  const { services, asked } = await platform(({ method, url }) => {
    if (method === "POST")
      return { status: 201, json: { approvalId: "apr_1", state: "pending", expiresAt: "2026-11-29T12:00:00.000Z" } };
    if (!url.startsWith("/scope-requests/")) return { text: "secret" };
    return { json: ++polls < 3 ? { state: "pending" } : { state: "approved", grant: "acg1_wider" } };
  });
  const { approvalId } = await services.requestScope({ read: ["a/**"], reason: "to compare" });
  await services.waitForApproval(approvalId);
  expect(await platformWorkspace(services).readText("a/b")).toBe("secret");
  expect(JSON.parse(asked[0]?.body ?? "")).toEqual({ read: ["a/**"], reason: "to compare" });
  expect(asked.at(-1)?.authorization).toBe("Grant acg1_wider");
});

test.each([
  [{ state: "denied", note: "not this one" }, "APPROVAL_DENIED", "not this one"],
  [{ state: "expired" }, "APPROVAL_EXPIRED", "in time"],
])("a request that is %j ends the wait", async (json, reason, text) => {
  const { services } = await platform(() => ({ json }));
  const waiting = services.waitForApproval("apr_1");
  await expect(waiting).rejects.toBeInstanceOf(ScopeDeniedError);
  await expect(waiting).rejects.toMatchObject({ reason, message: expect.stringContaining(text) });
});

test("a call of another agent gives its output, or says what became of it", async () => {
  const { services, asked } = await platform(({ url }) =>
    url.endsWith("/rates")
      ? { json: { taskId: "task_2", state: "TASK_STATE_COMPLETED", output: { usd: 1.1 } } }
      : { json: { taskId: "task_3", state: "TASK_STATE_FAILED", message: "no such currency" } },
  );
  expect(
    await services.call("fx", "rates", { base: "EUR" }, { read: ["fx/**"], maxCalls: 0, timeoutSeconds: 5 }),
  ).toEqual({
    usd: 1.1,
  });
  expect(JSON.parse(asked[0]?.body ?? "")).toEqual({
    input: { base: "EUR" },
    grant: { read: ["fx/**"], maxCalls: 0 },
    timeoutSeconds: 5,
  });
  const failing = services.call("fx", "other", {});
  await expect(failing).rejects.toBeInstanceOf(CallFailedError);
  await expect(failing).rejects.toMatchObject({ taskId: "task_3", state: "TASK_STATE_FAILED" });
});
