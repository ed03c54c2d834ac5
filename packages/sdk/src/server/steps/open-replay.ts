import type { RunServices } from "../../services/run-services.ts";
import type { LiveTask } from "../live-task.ts";
import { NO_JOURNAL, openJournal } from "./journal.ts";
import type { Journal } from "./journal.ts";
import { Replay } from "./replay.ts";

/**
 * One execution of a durable run: with what the platform kept of it, or, without a platform, the only one. Undefined
 * when the journal cannot be had: then this execution is lost, and the platform begins another.
 */
export async function openReplay(task: LiveTask, services: RunServices | undefined): Promise<Replay | undefined> {
  const journal = await journalOf(services);
  if (journal === undefined) {
    task.leave();
    return undefined;
  }
  const replay = new Replay({
    journal,
    signal: task.signal,
    suspend: (waits, question) => task.suspend(waits, question),
    abandon: () => task.leave(),
    addUsage: (usage) => task.addUsage(usage),
  });
  task.mark = () => replay.mark();
  return replay;
}

async function journalOf(services: RunServices | undefined): Promise<Journal | undefined> {
  const execution = services?.execution;
  if (services === undefined || execution === undefined) return NO_JOURNAL;
  try {
    return await openJournal(services, execution);
  } catch (error) {
    process.stderr.write(`The journal of execution ${execution} cannot be read: ${String(error)}\n`);
    return undefined;
  }
}
