import type { AgentSkill, JsonValue, SkillSchemas } from "@berth/protocol";
import { exampleOf } from "../example-value.ts";
import { code, heading, paragraph } from "./blocks.ts";
import type { Block } from "./blocks.ts";

export interface Called {
  readonly name: string;
  /** Where it is reached, without a trailing slash. */
  readonly base: string;
  readonly isPublic: boolean;
  readonly skill: AgentSkill | undefined;
  readonly schemas: SkillSchemas | undefined;
}

/** What can be put into a shell as it is, for one skill; the key is in BERTH_TOKEN. */
export function howToCall(called: Called): readonly Block[] {
  const { name, base, isPublic, skill, schemas } = called;
  const input = exampleOf(schemas?.inputSchema);
  const key = isPublic ? "" : ` -H "authorization: Bearer $BERTH_TOKEN"`;
  const message = messageOf(skill, schemas, input);
  return [
    heading(2, "How to call it"),
    ...(isPublic
      ? []
      : [paragraph("The commands take an API key of this platform from ", { code: "BERTH_TOKEN" }, ".")]),
    ...(skill === undefined
      ? []
      : [
          heading(3, "HTTP"),
          code(
            "sh",
            `curl -sS -X POST ${quoted(`${base}/invoke/${encodeURIComponent(skill.id)}`)}${key} -H "content-type: application/json" -d ${quoted(JSON.stringify(input))}`,
          ),
        ]),
    heading(3, "A2A"),
    code(
      "sh",
      `curl -sS -X POST ${quoted(`${base}/`)}${key} -H "content-type: application/json" -H "a2a-version: 1.0" -d ${quoted(
        JSON.stringify({ jsonrpc: "2.0", id: 1, method: "SendMessage", params: { message } }),
      )}`,
    ),
    heading(3, "MCP"),
    code("sh", mcpLine(called)),
    heading(3, "TypeScript"),
    code("ts", scriptOf(called, input)),
    heading(3, "Terminal"),
    code(
      "sh",
      skill === undefined
        ? `npx a2a chat ${quoted(name)}`
        : `npx a2a call ${quoted(name)} ${quoted(skill.id)} --input ${quoted(JSON.stringify(input))}`,
    ),
  ];
}

/** A skill with a schema is called by its name with its input; others take a message. */
function messageOf(skill: AgentSkill | undefined, schemas: SkillSchemas | undefined, input: JsonValue): object {
  const isTyped = skill !== undefined && schemas?.inputSchema !== undefined;
  const call = { "https://berth.dev/extensions/skill-call/v1": { skill: skill?.id, input } };
  return {
    messageId: "1",
    role: "ROLE_USER",
    parts: isTyped ? [{ data: input }] : [{ text: skill?.examples?.[0] ?? "Hello" }],
    ...(isTyped ? { metadata: call } : {}),
  };
}

function mcpLine({ name, base, isPublic }: Called): string {
  const header = isPublic ? "" : ` --header "Authorization: Bearer $BERTH_TOKEN"`;
  return `claude mcp add --transport http ${quoted(name.replaceAll("-", "_"))} ${quoted(`${base}/mcp`)}${header}`;
}

function scriptOf({ base, isPublic, skill }: Called, input: JsonValue): string {
  const token = isPublic ? "" : `, token: env["BERTH_TOKEN"] ?? ""`;
  const call =
    skill === undefined
      ? `await agent.send(textMessage("Hello"))`
      : `await agent.invoke(${JSON.stringify(skill.id)}, ${JSON.stringify(input)})`;
  const names = skill === undefined ? "createAgentClient, textMessage" : "createAgentClient";
  return [
    ...(isPublic ? [] : [`import { env } from "node:process";`]),
    `import { ${names} } from "@berth/sdk/client";`,
    "",
    `const agent = createAgentClient({ url: ${JSON.stringify(base)}${token} });`,
    `console.log(${call});`,
  ].join("\n");
}

/** For a shell; a line of its own is none any more. */
function quoted(text: string): string {
  return `'${text.replaceAll(/[\p{C}]+/gu, " ").replaceAll("'", `'\\''`)}'`;
}
