import { PlatformError } from "@berth/protocol";
import type { JsonObject } from "@berth/protocol";
import { PROMPTS_EXTENSION, extensionParams } from "./card-extension.ts";
import { isJsonObject, objectAt, objectsAt, stringsAt, textAt } from "./json.ts";
import type { McpCall } from "./mcp-call.ts";
import { takeArguments } from "./prompt-arguments.ts";
import { substitute } from "./substitute.ts";
import type { Member, Surface } from "./surface.ts";

/** A prompt as an agent publishes it: `{name, title?, description, arguments?, messages}`. */
interface PublishedPrompt {
  readonly name: string;
  readonly said: JsonObject;
  readonly arguments: readonly JsonObject[];
  readonly messages: readonly JsonObject[];
}

const MAX_COMPLETIONS = 100;

export async function listPrompts(surface: Surface, cursor: string | undefined): Promise<JsonObject> {
  const { members, nextCursor } = await surface.members(cursor);
  const prompts = members.flatMap((each) => promptsOf(each).map(toListed));
  return { prompts, ...(nextCursor === undefined ? {} : { nextCursor }) };
}

/** The prompt with its arguments, or what is asked for to fill it in. @throws INVALID_PARAMS */
export async function getPrompt({ surface, request }: McpCall): Promise<JsonObject> {
  const prompt = await findPrompt(surface, textAt(request.params, "name") ?? "");
  const taken = takeArguments(request, prompt);
  if ("ask" in taken) return taken.ask;
  const description = textAt(prompt.said, "description");
  const messages = prompt.messages.map((message) => filled(message, taken.values));
  return { messages, ...(description === undefined ? {} : { description }) };
}

/** The values an agent lists for an argument, by what the user has typed. @throws INVALID_PARAMS */
export async function complete(surface: Surface, params: JsonObject): Promise<JsonObject> {
  const ref = objectAt(params, "ref");
  const argument = objectAt(params, "argument");
  if (ref?.["type"] !== "ref/prompt") return { completion: { values: [], total: 0, hasMore: false } };
  const prompt = await findPrompt(surface, textAt(ref, "name") ?? "");
  const known = prompt.arguments.find((each) => each["name"] === argument?.["name"]);
  const typed = (textAt(argument, "value") ?? "").toLowerCase();
  const values = stringsAt(known, "values").filter((value) => value.toLowerCase().startsWith(typed));
  const shown = values.slice(0, MAX_COMPLETIONS);
  return { completion: { values: shown, total: values.length, hasMore: shown.length < values.length } };
}

async function findPrompt(surface: Surface, name: string): Promise<PublishedPrompt> {
  for (const candidate of await surface.candidates(name)) {
    const prompt = promptsOf(candidate).find((each) => each.name === name);
    if (prompt !== undefined) return prompt;
  }
  throw new PlatformError("INVALID_PARAMS", `Unknown prompt: ${name.slice(0, 100)}`);
}

function promptsOf({ release, nameOf }: Member): readonly PublishedPrompt[] {
  return objectsAt(extensionParams(release.card, PROMPTS_EXTENSION), "prompts").flatMap((said) => {
    const name = textAt(said, "name");
    const messages = objectsAt(said, "messages").filter(isMessage);
    if (name === undefined || messages.length === 0) return [];
    const known = objectsAt(said, "arguments").filter((each) => textAt(each, "name") !== undefined);
    return [{ name: nameOf(name), said, arguments: known, messages }];
  });
}

function toListed(prompt: PublishedPrompt): JsonObject {
  const title = textAt(prompt.said, "title");
  const known = prompt.arguments.map((each): JsonObject => {
    const description = textAt(each, "description");
    return {
      name: textAt(each, "name") ?? "",
      ...(description === undefined ? {} : { description }),
      required: each["required"] === true,
    };
  });
  return {
    name: prompt.name,
    ...(title === undefined ? {} : { title }),
    description: textAt(prompt.said, "description") ?? prompt.name,
    ...(known.length === 0 ? {} : { arguments: known }),
  };
}

function isMessage(message: JsonObject): boolean {
  const { role, content } = message;
  return (role === "user" || role === "assistant") && isJsonObject(content) && typeof content["type"] === "string";
}

/** The text of a message, and of a file in it, with its arguments. */
function filled({ role, content }: JsonObject, values: ReadonlyMap<string, string>): JsonObject {
  const block = isJsonObject(content) ? content : {};
  const resource = objectAt(block, "resource");
  const withTexts = (each: JsonObject): JsonObject =>
    Object.fromEntries(
      Object.entries(each).map(([key, value]) =>
        (key === "text" || key === "uri") && typeof value === "string"
          ? [key, substitute(value, values)]
          : [key, value],
      ),
    );
  return {
    role: role ?? "user",
    content: { ...withTexts(block), ...(resource === undefined ? {} : { resource: withTexts(resource) }) },
  };
}
