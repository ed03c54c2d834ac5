import { buildStep } from "./build-step.ts";
import type { Step, StepName } from "./deployment-step.ts";
import { evaluateStep } from "./evaluate-step.ts";
import { fetchStep } from "./fetch-step.ts";
import { healthCheckStep } from "./health-check-step.ts";
import { imageStep } from "./image-step.ts";
import { placeStep } from "./place-step.ts";
import { releaseStep } from "./release-step.ts";
import { switchStep } from "./switch-step.ts";

/** In the order in which they are done. */
export const STEPS: readonly Step[] = [
  fetchStep,
  buildStep,
  imageStep,
  releaseStep,
  placeStep,
  healthCheckStep,
  evaluateStep,
  switchStep,
];

/** Those whose outputs another deployment of the same source can use. What comes later is about one release. */
const REUSABLE: readonly StepName[] = ["fetch", "build", "image"];

export function isStepName(name: string): name is StepName {
  return STEPS.some((step) => step.name === name);
}

/** Whose outputs a deployment that begins again at `from` takes over. */
export function reusedBefore(from: string): readonly StepName[] {
  const names = STEPS.map(({ name }) => name);
  return REUSABLE.filter((name) => names.indexOf(name) < names.findIndex((each) => each === from));
}
