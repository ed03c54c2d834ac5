import { JSON_SCHEMA, PNG, field, form } from "./fixtures.ts";
import { SKILLS } from "./skills.ts";
import type { Json } from "./a2a-server.ts";

const INPUTS: ReadonlyMap<string, Json> = new Map([
  ["greet", form({ name: field("string") })],
  ["test_header", form({ region: field("string", { "x-mcp-header": "Region" }) })],
  ["json_schema_2020_12_tool", JSON_SCHEMA],
  [
    "slow_compute",
    { type: "object", properties: { seconds: field("number"), label: field("string") }, required: ["seconds"] },
  ],
  ["confirm_delete", form({ filename: field("string") })],
  ["test_sampling", form({ prompt: field("string") })],
  ["test_elicitation", form({ message: field("string") })],
]);

const user = (content: Json): Json => ({ role: "user", content });
export const said = (text: string): Json => user({ type: "text", text });

const prompts: readonly Json[] = [
  {
    name: "test_simple_prompt",
    description: "Says something.",
    messages: [said("This is a simple prompt for testing.")],
  },
  {
    name: "test_prompt_with_arguments",
    description: "Says what it is given.",
    arguments: [
      { name: "arg1", description: "The first.", required: true, values: ["test", "testing", "other"] },
      { name: "arg2", description: "The second.", required: true },
    ],
    messages: [said("Prompt with arguments: arg1='{arg1}', arg2='{arg2}'")],
  },
  {
    name: "test_prompt_with_embedded_resource",
    description: "Holds a file.",
    arguments: [{ name: "resourceUri", description: "Its address.", required: true }],
    messages: [
      user({ type: "resource", resource: { uri: "{resourceUri}", mimeType: "text/plain", text: "The file." } }),
      said("Please process the file above."),
    ],
  },
  {
    name: "test_input_required_result_prompt",
    description: "Needs a context.",
    arguments: [{ name: "context", description: "What context should the prompt use?", required: true }],
    messages: [said("The context is {context}.")],
  },
  {
    name: "test_prompt_with_image",
    description: "Holds an image.",
    messages: [user({ type: "image", data: PNG, mimeType: "image/png" }), said("Please look at the image above.")],
  },
];

const resources: readonly Json[] = [
  {
    uri: "test://static-text",
    name: "text",
    mimeType: "text/plain",
    text: "This is the content of the text resource.",
  },
  { uri: "test://static-binary", name: "binary", mimeType: "image/png", blob: PNG },
  { uri: "test://watched-resource", name: "watched", mimeType: "text/plain", text: "As of 1.0.0." },
];

const templates: readonly Json[] = [
  {
    uriTemplate: "test://template/{id}/data",
    name: "template",
    mimeType: "application/json",
    text: '{"id":"{id}","templateTest":true}',
  },
];

const toolHints = [
  { id: "failing_job", taskSupport: "required" },
  { id: "greet", annotations: { readOnlyHint: true } },
];

const EMPTY: Json = { type: "object", properties: {} };

export const card: Json = cardOf([...SKILLS.keys()]);

export function cardOf(ids: readonly string[], more: { readonly prompts?: readonly Json[] } = {}): Json {
  const skills = ids.map((id) => ({ id, name: id, description: `Does ${id}.`, tags: ["test"] }));
  return {
    name: "mcp-conformance",
    description: "What the MCP conformance suite calls.",
    version: "1.0.0",
    supportedInterfaces: [{ url: "http://localhost/", protocolBinding: "JSONRPC", protocolVersion: "1.0" }],
    capabilities: {
      streaming: true,
      extensions: [
        {
          uri: "https://berth.dev/extensions/skill-schemas/v1",
          params: { skills: ids.map((id) => ({ id, inputSchema: INPUTS.get(id) ?? EMPTY })) },
        },
        { uri: "https://berth.dev/extensions/prompts/v1", params: { prompts: [...prompts, ...(more.prompts ?? [])] } },
        { uri: "https://berth.dev/extensions/resources/v1", params: { resources, templates } },
        { uri: "https://berth.dev/extensions/tool-hints/v1", params: { skills: toolHints } },
      ],
    },
    defaultInputModes: ["text/plain", "application/json"],
    defaultOutputModes: ["text/plain", "application/json", "image/png", "audio/wav"],
    skills,
  };
}
