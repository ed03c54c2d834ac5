import type { Colors } from "../render/colors.ts";
import { duration } from "../render/duration.ts";
import { oneLine, printable } from "../render/printable.ts";
import type { DevEvent } from "./dev-event.ts";

/** One event as people read it, without its line break. */
export function renderEvent(event: DevEvent, colors: Colors): string {
  switch (event.event) {
    case "attached":
      return `${colors.green("attached")} ${colors.bold(event.agent)} ${colors.dim(event.release)}\n  ${oneLine(event.url)}`;
    case "started":
      return colors.dim(`started ${oneLine(event.entry)} in ${duration(event.ms)}`);
    case "reloading": {
      const wait = event.calls === 0 ? "" : `, after ${event.calls} running call${event.calls === 1 ? "" : "s"}`;
      return colors.dim(`${oneLine(event.file)} changed: reloading${wait}`);
    }
    case "updated":
      return `${colors.green("updated")} ${colors.dim(event.release)}`;
    case "refused":
      return `${colors.red("refused")} ${oneLine(event.message, 500)} The card before stays.`;
    case "call": {
      const { method, path, rpc, status, ms } = event;
      const mark =
        status === 0 || status >= 400
          ? colors.red(status === 0 ? "broke" : String(status))
          : colors.green(String(status));
      return `${mark} ${rpc === undefined ? `${method} ${oneLine(path)}` : oneLine(rpc)} ${colors.dim(duration(ms))}`;
    }
    case "log": {
      const text = printable(event.text).trimEnd();
      return event.stream === "stderr" ? colors.yellow(text) : text;
    }
    case "disconnected":
      return `${colors.yellow("disconnected")} ${oneLine(event.why)}; trying again in ${duration(event.retryMs)}`;
    case "stopped":
      return `${colors.red("stopped")} ${printable(event.why)}`;
  }
  return `${colors.green(event.event)} ${event.agent}; its card, tasks and receipts stay`;
}
