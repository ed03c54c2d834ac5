import { join } from "node:path";
import type { StepTools } from "./deployment-step.ts";

/** Where a deployment's files are while it is under way, and for a while after it failed. */
export function workOf(
  { workFolder }: Pick<StepTools, "workFolder">,
  { deploymentId }: { readonly deploymentId: string },
): {
  readonly folder: string;
  readonly source: string;
  readonly output: string;
} {
  const folder = join(workFolder, deploymentId);
  return { folder, source: join(folder, "source"), output: join(folder, "output") };
}
