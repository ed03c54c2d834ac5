import { createServer, request as httpRequest } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import { expect, onTestFinished, test } from "vitest";
import { skill } from "@berth/sdk";
import { createAgentClient, textMessage } from "@berth/sdk/client";
import type { StreamResponse } from "@berth/sdk/client";
import { gate, serveForTest, testAgent } from "./agent-fixture.ts";

interface Proxy {
  readonly url: string;
  /** The bodies and the Last-Event-ID of every request, in order. */
  readonly requests: { readonly method: string; readonly lastEventId: string | undefined }[];
}

/** Passes everything on, and breaks the first stream once it carried `text`. `onResumed`: the next one began. */
async function breakingProxy(target: string, text: string, onResumed: () => void): Promise<Proxy> {
  const requests: Proxy["requests"] = [];
  let isBroken = false;
  const server = createServer((incoming: IncomingMessage, outgoing: ServerResponse) => {
    const upstream = httpRequest(target, { method: incoming.method, headers: incoming.headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.on("data", (chunk: Buffer) => {
        const isFatal = !isBroken && chunk.includes(text);
        outgoing.write(chunk, () => {
          if (isFatal) outgoing.destroy();
        });
        if (isBroken) onResumed();
        isBroken ||= isFatal;
      });
      answer.on("end", () => outgoing.end());
    });
    upstream.on("error", () => outgoing.destroy());
    outgoing.on("close", () => upstream.destroy());
    incoming.on("data", (chunk: Buffer) => {
      const { method } = JSON.parse(chunk.toString()) as { method: string };
      const lastEventId = incoming.headers["last-event-id"];
      requests.push({ method, lastEventId: typeof lastEventId === "string" ? lastEventId : undefined });
      upstream.end(chunk);
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the proxy listens on a port");
  return { url: `http://127.0.0.1:${address.port}/`, requests };
}

test("a stream that breaks is taken up after the last event", async () => {
  const { opened, open } = gate();
  const work = skill({
    description: "x",
    async run(_input, ctx) {
      await ctx.progress("before the break");
      await opened;
      await ctx.progress("after the break");
      return "done";
    },
  });
  const { url } = await serveForTest(testAgent({ skills: { work } }));
  const proxy = await breakingProxy(url, "before the break", open);
  const frames: StreamResponse[] = [];
  for await (const frame of createAgentClient({ url: proxy.url }).stream({ message: textMessage("go") })) {
    frames.push(frame);
  }
  expect(proxy.requests).toEqual([
    { method: "SendStreamingMessage", lastEventId: undefined },
    { method: "SubscribeToTask", lastEventId: "2" },
  ]);
  const last = frames.at(-1);
  expect(last).toMatchObject({ statusUpdate: { status: { state: "TASK_STATE_COMPLETED" } } });
  expect(JSON.stringify(frames)).toContain("after the break");
});

test("a task that ended while the stream was broken is shown as it ended", async () => {
  const { opened, open } = gate();
  const work = skill({
    description: "x",
    async run(_input, ctx) {
      await ctx.progress("before the break");
      await opened;
    },
  });
  const { url, client } = await serveForTest(testAgent({ skills: { work } }));
  const proxy = await breakingProxy(url, "before the break", () => undefined);
  const frames: StreamResponse[] = [];
  for await (const frame of createAgentClient({ url: proxy.url }).stream({ message: textMessage("go") })) {
    frames.push(frame);
    if (!("statusUpdate" in frame)) continue;
    open();
    await expect.poll(async () => (await client.get(frame.statusUpdate.taskId)).status.state).toMatch("COMPLETED");
  }
  expect(frames.at(-1)).toMatchObject({ task: { status: { state: "TASK_STATE_COMPLETED" } } });
});

test("a stream ends when its caller aborts it", async () => {
  const { opened, open } = gate();
  const wait = skill({ description: "x", run: (_input, ctx) => ctx.progress("waiting").then(() => opened) });
  const { client } = await serveForTest(testAgent({ skills: { wait } }));
  onTestFinished(open);
  const controller = new AbortController();
  const read = async (): Promise<void> => {
    for await (const frame of client.stream({ message: textMessage("go") }, { signal: controller.signal })) {
      if ("statusUpdate" in frame) controller.abort();
    }
  };
  await expect(read()).rejects.toMatchObject({ reason: "CANCELED" });
});

test("a server that stays silent is given up", async () => {
  const { opened, open } = gate();
  const wait = skill({ description: "x", run: () => opened });
  const { client } = await serveForTest(testAgent({ skills: { wait } }));
  onTestFinished(open);
  const sent = client.send({ message: textMessage("go") }, { timeoutMs: 200 });
  await expect(sent).rejects.toMatchObject({ reason: "TIMED_OUT" });
});
