/**
 * The names of @berth/protocol that the host needs at run time. It is copied alone into its jail and imports types only;
 * wire-names.test.ts holds these against the originals.
 */
export const METADATA = {
  principal: "https://berth.dev/extensions/principal/v1",
  run: "https://berth.dev/extensions/run/v1",
  skillCall: "https://berth.dev/extensions/skill-call/v1",
  scopeRequest: "https://berth.dev/extensions/scope-request/v1",
  question: "https://berth.dev/extensions/question/v1",
  log: "https://berth.dev/extensions/log/v1",
  progress: "https://berth.dev/extensions/progress/v1",
} as const;
export const SKILL_SCHEMAS = "https://berth.dev/extensions/skill-schemas/v1";

/** The header by which a request says for which instance it is. */
export const INSTANCE_HEADER = "berth-instance";
