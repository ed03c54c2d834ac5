import type { AgentSkill, JsonObject, JsonValue, SkillSchemas } from "@berth/protocol";
import type { AgentDescription } from "./agent-description.ts";
import { exampleOf } from "./example-value.ts";

/** What a language model needs to call the agent, as the markdown that https://llmstxt.org describes. */
export function toAgentLlmsText(description: AgentDescription): string {
  const { agent, card, config, skillSchemas } = description;
  const { base } = agent;
  const isPublic = config.visibility === "public";
  const sections = [
    `# ${oneLine(card.name)}`,
    `> ${oneLine(card.description)}`,
    isPublic
      ? "Anybody may call this agent."
      : "Calls need an API key of this platform: send `Authorization: Bearer YOUR_API_KEY`.",
    "## Skills",
    ...card.skills.map((skill) =>
      skillText(
        description,
        skill,
        skillSchemas.find(({ id }) => id === skill.id),
      ),
    ),
    ...(card.skills.length === 0 ? ["It names none; send it a message."] : []),
    "## How to reach it",
    [
      `- HTTP: \`POST ${base}/invoke/{skill}\` with the skill's input as JSON; the answer has \`output\`, \`state\` and \`taskId\`. ` +
        "`Prefer: respond-async` answers at once, `?stream` answers with events, `Idempotency-Key` makes repeating safe.",
      `- MCP: \`${base}/mcp\` (streamable HTTP); every skill is a tool.`,
      `- A2A: agent card at \`${base}/.well-known/agent-card.json\`; JSON-RPC at \`POST ${base}/\`, HTTP+JSON at \`POST ${base}/message:send\`.`,
      "- A state of `TASK_STATE_INPUT_REQUIRED` is a question: answer with `?taskId=` of that task.",
    ].join("\n"),
    "## More",
    [
      `- [OpenAPI document](${base}/openapi.json): every address with its schemas`,
      `- [Agent card](${base}/.well-known/agent-card.json)`,
      ...(card.documentationUrl === undefined ? [] : [`- [Documentation](${oneLine(card.documentationUrl)})`]),
    ].join("\n"),
  ];
  return `${sections.join("\n\n")}\n`;
}

function skillText({ agent, config }: AgentDescription, skill: AgentSkill, schemas: SkillSchemas | undefined): string {
  const { id, name, description, examples = [] } = skill;
  const key = config.visibility === "public" ? "" : ` -H "authorization: Bearer $BERTH_TOKEN"`;
  const url = `${agent.base}/invoke/${encodeURIComponent(id)}`;
  const input = exampleOf(schemas?.inputSchema);
  const lines = [
    `### ${oneLine(id)}`,
    "",
    name === id ? oneLine(description) : `${oneLine(name)}: ${oneLine(description)}`,
    ...examples.map((example) => `- for example: ${oneLine(example)}`),
    "",
    "```sh",
    `curl -X POST ${shellQuote(url)}${key} -H "content-type: application/json" -d ${shellQuote(plainJson(input))}`,
    "```",
  ];
  const { inputSchema, outputSchema } = schemas ?? {};
  if (inputSchema !== undefined) lines.push("", `Input: ${schemaText(inputSchema)}`);
  if (outputSchema !== undefined) lines.push("", `Output: ${schemaText(outputSchema)}`);
  return lines.join("\n");
}

/** Text of an agent's author: it stays one line, so that it cannot begin a heading or a fence of its own. */
function oneLine(text: string): string {
  return text.replaceAll(/[\p{C}\p{Z}]+/gu, " ").trim();
}

function schemaText({ $schema: _dialect, ...schema }: JsonObject): string {
  return `\`${plainJson(schema).replaceAll("`", "\\u0060")}\``;
}

function plainJson(value: JsonValue): string {
  return oneLine(JSON.stringify(value));
}

function shellQuote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
