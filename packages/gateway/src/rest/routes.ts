import type { Edge } from "../edge/edge.ts";
import type { AgentRoute } from "../edge/routes.ts";
import { createTaskRoute } from "./create-task.ts";
import { invokeRoute } from "./invoke.ts";
import { runReceiptRoute } from "./run-receipt.ts";
import { taskEventsRoute } from "./task-events.ts";

export function restRoutes(edge: Edge): readonly AgentRoute[] {
  return [createTaskRoute(edge), taskEventsRoute(edge), invokeRoute(edge), runReceiptRoute(edge)];
}
