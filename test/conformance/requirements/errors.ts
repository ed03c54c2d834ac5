import { TaskState } from "@berth/protocol";
import { describe, expect, test } from "vitest";
import { refusal } from "../bindings/index.ts";
import type { Binding, BindingClient } from "../bindings/index.ts";
import { endedTask, saying } from "../house.ts";
import type { House } from "../house.ts";

interface Expected {
  readonly reason: string;
  readonly code: Readonly<Record<Binding["name"], number>>;
  readonly provoke: (client: BindingClient) => Promise<unknown>;
}

const ended = async (client: BindingClient): Promise<string> => (await endedTask(client, TaskState.Completed)).id;

/** A2A 1.0.1 §5.4: each binding's own. */
const A2A_ERRORS: readonly Expected[] = [
  {
    reason: "TASK_NOT_FOUND",
    code: { JSONRPC: -32001, "HTTP+JSON": 404, GRPC: 5 },
    provoke: async (client) => await client.get({ id: "task_unknown" }),
  },
  {
    reason: "TASK_NOT_CANCELABLE",
    code: { JSONRPC: -32002, "HTTP+JSON": 400, GRPC: 9 },
    provoke: async (client) => await client.cancel({ id: await ended(client) }),
  },
  {
    reason: "UNSUPPORTED_OPERATION",
    code: { JSONRPC: -32004, "HTTP+JSON": 400, GRPC: 9 },
    provoke: async (client) => await client.subscribe({ id: await ended(client) }),
  },
  {
    reason: "CONTENT_TYPE_NOT_SUPPORTED",
    code: { JSONRPC: -32005, "HTTP+JSON": 400, GRPC: 3 },
    provoke: async (client) =>
      await client.send(saying("", { parts: [{ raw: "AAAA", mediaType: "video/x-unheard-of" }] })),
  },
];

/** Of the agent `tck-strict`. */
const REQUIRED_EXTENSION = "urn:a2a:tck:required-extension";

interface Invalid {
  readonly what: string;
  readonly field: string;
  /** False where a .proto's types leave no room for it. */
  readonly inProtobuf?: false;
  readonly provoke: (client: BindingClient) => Promise<unknown>;
}

/** What types forbid, sent all the same. */
const sent = (message: object): ReturnType<typeof saying> => {
  const request = saying("echo hi");
  return { ...request, message: { ...request.message, ...message } };
};

const INVALID: readonly Invalid[] = [
  {
    what: "no parts",
    field: "message.parts",
    provoke: async (client) => await client.send(sent({ parts: [] })),
  },
  {
    what: "a part without content",
    field: "message.parts[1]",
    provoke: async (client) => await client.send(sent({ parts: [{ text: "a" }, {}] })),
  },
  {
    what: "a part with two contents",
    field: "message.parts[0]",
    inProtobuf: false,
    provoke: async (client) => await client.send(sent({ parts: [{ text: "a", url: "https://example.com/" }] })),
  },
  {
    what: "bytes that are no base64",
    field: "message.parts[0].raw",
    inProtobuf: false,
    provoke: async (client) => await client.send(sent({ parts: [{ raw: "§" }] })),
  },
  {
    what: "a role that is not the caller's",
    field: "message.role",
    provoke: async (client) => await client.send(sent({ role: "ROLE_AGENT" })),
  },
  {
    what: "an empty message id",
    field: "message.messageId",
    provoke: async (client) => await client.send(sent({ messageId: "" })),
  },
  {
    what: "a stream without parts",
    field: "message.parts",
    provoke: async (client) => await client.stream(sent({ parts: [] })),
  },
  {
    what: "a page size that is no number",
    field: "pageSize",
    inProtobuf: false,
    provoke: async (client) => await client.list({ pageSize: "many" }),
  },
  {
    what: "a time that is none",
    field: "statusTimestampAfter",
    inProtobuf: false,
    provoke: async (client) => await client.list({ statusTimestampAfter: "yesterday" }),
  },
];

export function describeErrors(house: House, binding: Binding): void {
  test.each(A2A_ERRORS)("[ERR-INFO-001] $reason has its code, and an ErrorInfo that names it", async (expected) => {
    const error = await refusal(expected.provoke(house.client(binding)));
    expect([error.reason, error.code, error.domain]).toEqual([
      expected.reason,
      expected.code[binding.name],
      "a2a-protocol.org",
    ]);
  });

  test("[EXT-REQUIRED-001] who does not speak an extension that the agent requires is told which", async () => {
    const said = saying("echo hi");
    const error = await refusal(house.client(binding, { agent: "tck-strict" }).send(said));
    const code = { JSONRPC: -32008, "HTTP+JSON": 400, GRPC: 9 }[binding.name];
    expect([error.reason, error.code, error.domain]).toEqual(["EXTENSION_SUPPORT_REQUIRED", code, "a2a-protocol.org"]);
    expect(error.metadata["requiredExtensions"]).toBe(REQUIRED_EXTENSION);
    const headers = { "a2a-extensions": REQUIRED_EXTENSION };
    const answer = await house.client(binding, { agent: "tck-strict", headers }).send(said);
    expect(answer).toMatchObject({ message: { parts: [{ text: "echo hi" }] } });
  });

  test("[ERR-INFO-002] VERSION_NOT_SUPPORTED names the versions that are", async () => {
    const client = house.client(binding, { headers: { "a2a-version": "7.0" } });
    const error = await refusal(client.get({ id: "task_unknown" }));
    expect([error.reason, error.domain]).toEqual(["VERSION_NOT_SUPPORTED", "a2a-protocol.org"]);
    expect(error.metadata["supportedVersions"]).toBe("1.0,0.3");
  });

  test.each(INVALID.filter(({ inProtobuf }) => binding.name !== "GRPC" || inProtobuf !== false))(
    "[ERR-FIELDS-001] $what is refused with its field",
    async ({ field, provoke }) => {
      const error = await refusal(provoke(house.client(binding)));
      expect(error.reason).toBe("INVALID_PARAMS");
      expect(error.fields).toContain(field);
      expect(error.code).toBe({ JSONRPC: -32602, "HTTP+JSON": 400, GRPC: 3 }[binding.name]);
    },
  );

  test("[ERR-FIELDS-002] every field that is wrong is named at once", async () => {
    const wrong = sent({ parts: [{}], role: "ROLE_AGENT", messageId: "" });
    const error = await refusal(house.client(binding).send(wrong));
    expect(new Set(error.fields)).toEqual(new Set(["message.messageId", "message.role", "message.parts[0]"]));
  });

  describe("nothing that was refused", () => {
    test("[ERR-EFFECT-001] leaves a task behind", async () => {
      const client = house.client(binding);
      const contextId = crypto.randomUUID();
      await refusal(client.send(sent({ contextId, parts: [] })));
      await refusal(client.send(sent({ contextId, taskId: "task_unknown" })));
      await refusal(client.send(sent({ contextId, parts: [{ raw: "AAAA", mediaType: "video/x-unheard-of" }] })));
      expect((await client.list({ contextId })).totalSize).toBe(0);
    });
  });
}
