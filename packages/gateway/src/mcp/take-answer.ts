import { Role, isPlatformError } from "@berth/protocol";
import type { JsonObject } from "@berth/protocol";
import { acceptMessage, callContext } from "../a2a/operations.ts";
import type { Exchange } from "../edge/exchange.ts";
import { isJsonObject, objectAt, textAt } from "./json.ts";
import type { McpHouse } from "./mcp-call.ts";
import { questionsOf, readAnswers } from "./questions.ts";

/**
 * A 2025 client answers what it was asked on the stream of a call. The id it answers says which task asked, sealed: so
 * any node can take the answer, and the call that waits sees in the task's log that it came. Other ids are ignored.
 */
export async function takeAnswer(house: McpHouse, exchange: Exchange, body: JsonObject): Promise<void> {
  const { edge, sealer } = house;
  const asked = sealer.open("question", exchange.principal, textAt(body, "id") ?? "");
  const taskId = textAt(asked, "taskId");
  const agent = textAt(asked, "agent");
  const key = textAt(asked, "key");
  if (taskId === undefined || agent === undefined || key === undefined) return;
  const context = callContext(exchange, "mcp");
  try {
    const { view } = await edge.control.tasks.get(context, taskId, agent);
    const question = questionsOf(view).find((each) => each.key === key);
    if (question === undefined) return;
    // A client that fails to ask its user is one that does not want to.
    const result = objectAt(body, "result") ?? { action: "cancel" };
    const answers = readAnswers([question], { [key]: result });
    if (answers.kind === "declined" || !isJsonObject(body["result"])) {
      await edge.control.tasks.cancel(context, taskId, agent);
    } else if (answers.parts.length > 0) {
      const message = { messageId: edge.ids("message"), role: Role.User, parts: answers.parts, taskId };
      const target = { name: agent, base: `${edge.baseUrl()}/agents/${agent}` };
      await acceptMessage({ edge, exchange, agent: target }, { message }, "mcp");
    }
  } catch (error) {
    // The task has moved on or ended meanwhile: there is nobody left to tell.
    if (!isPlatformError(error) || !TOO_LATE.has(error.reason)) throw error;
  }
}

const TOO_LATE: ReadonlySet<string> = new Set(["TASK_NOT_FOUND", "TASK_NOT_CANCELABLE", "UNSUPPORTED_OPERATION"]);
