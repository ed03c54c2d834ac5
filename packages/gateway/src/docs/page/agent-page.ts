import type { ReleaseChanges } from "@berth/control";
import type { AgentCard, AgentConfig, AgentSkill, SkillSchemas } from "@berth/protocol";
import { code, heading, listOf, paragraph, table } from "./blocks.ts";
import type { Block, Inline } from "./blocks.ts";
import { exampleOf } from "../example-value.ts";
import { howToCall } from "./how-to-call.ts";
import { SCHEMA_HEAD, schemaLine, schemaRows } from "./schema-rows.ts";

export interface DocumentedRelease {
  readonly name: string;
  readonly release: string;
  readonly createdAt: string;
  readonly base: string;
  readonly card: AgentCard;
  readonly config: AgentConfig;
  readonly skillSchemas: readonly SkillSchemas[];
  readonly changes: ReleaseChanges;
}

const MAX_SKILLS = 100;
const MAX_CHANGES = 50;

/** Everything that somebody needs who wants to call the agent, made of its card and its configuration. */
export function agentPage(of: DocumentedRelease): readonly Block[] {
  const { card, config, skillSchemas } = of;
  const { skills } = card;
  const schemasOf = ({ id }: AgentSkill): SkillSchemas | undefined => skillSchemas.find((each) => each.id === id);
  const first = skills.find((skill) => schemasOf(skill)?.inputSchema !== undefined) ?? skills[0];
  return [
    heading(1, card.name),
    paragraph(card.description),
    ...listOf(factsOf(of)),
    heading(2, "Skills"),
    ...(skills.length === 0 ? [paragraph("It names none; send it a message.")] : []),
    ...skills.slice(0, MAX_SKILLS).flatMap((skill) => skillBlocks(skill, schemasOf(skill), card)),
    ...howToCall({
      ...of,
      isPublic: config.visibility === "public",
      skill: first,
      schemas: first === undefined ? undefined : schemasOf(first),
    }),
    heading(2, "Who may call it"),
    ...listOf(accessOf(config)),
    ...limitBlocks(config),
    ...priceBlocks(config),
    ...changeBlocks(of.changes),
  ];
}

function factsOf({ card, release, createdAt, base, config }: DocumentedRelease): readonly (readonly Inline[])[] {
  const { provider, documentationUrl, capabilities, version } = card;
  return [
    [`Version ${version}, release `, { code: release }, `, made ${createdAt}`],
    ["At ", { code: base }],
    [`A2A ${config.protocolVersions.join(" and ")}; ${abilities(capabilities)}`],
    ...(provider === undefined
      ? []
      : [["By ", { link: provider.url, text: provider.organization }] satisfies readonly Inline[]]),
    ...(documentationUrl === undefined ? [] : [[{ link: documentationUrl, text: "Documentation of its author" }]]),
  ];
}

function abilities({ streaming, pushNotifications }: AgentCard["capabilities"]): string {
  const has = [
    ...(streaming === true ? ["streaming"] : []),
    ...(pushNotifications === true ? ["push notifications"] : []),
  ];
  return has.length === 0 ? "whole answers only" : has.join(" and ");
}

function skillBlocks(skill: AgentSkill, schemas: SkillSchemas | undefined, card: AgentCard): readonly Block[] {
  const { id, name, description, tags, examples = [] } = skill;
  const { inputSchema, outputSchema } = schemas ?? {};
  const [takes, gives] = [skill.inputModes ?? card.defaultInputModes, skill.outputModes ?? card.defaultOutputModes];
  return [
    heading(3, id),
    paragraph(name === id ? description : `${name}: ${description}`),
    ...listOf([
      ...(tags.length === 0 ? [] : [[`Tags: ${tags.join(", ")}`]]),
      [`Takes ${takes.join(", ")}; gives ${gives.join(", ")}`],
      ...examples.slice(0, 10).map((example) => ["For example: ", { code: example }]),
    ]),
    ...(inputSchema === undefined ? [] : schemaBlocks("Input", inputSchema)),
    ...(inputSchema === undefined ? [] : [code("json", JSON.stringify(exampleOf(inputSchema), null, 2))]),
    ...(outputSchema === undefined ? [] : schemaBlocks("Output", outputSchema)),
  ];
}

function schemaBlocks(title: string, schema: NonNullable<SkillSchemas["inputSchema"]>): readonly Block[] {
  const rows = schemaRows(schema);
  if (rows.length === 0) return [paragraph(`${title}: `, ...schemaLine(schema))];
  return [paragraph(`${title}:`), ...table(SCHEMA_HEAD, rows)];
}

function accessOf({ visibility, auth, hiddenSkills = [] }: AgentConfig): readonly (readonly Inline[])[] {
  const scopes = auth?.requiredScopes ?? [];
  return [
    [visibility === "public" ? "Anybody." : "Members of its organization, with a credential."],
    ...(auth === undefined ? [] : [[`Credentials: ${auth.schemes.join(", ")}.`]]),
    ...(scopes.length === 0 ? [] : [[`OAuth scopes: ${scopes.join(", ")}.`]]),
    ...(hiddenSkills.length === 0 ? [] : [[`Only with a credential: ${hiddenSkills.join(", ")}.`]]),
  ];
}

function limitBlocks({ limits = {}, timeouts }: AgentConfig): readonly Block[] {
  const said: readonly (readonly [string, string | number | undefined])[] = [
    ["Calls a minute of one caller", limits.callsPerMinute],
    ["Calls at once of one caller", limits.concurrentCalls],
    ["US dollars of one run", limits.maxCostPerTask],
    ["Tokens of one run", limits.maxTokensPerTask],
    ["Calls to other agents of one run", limits.maxCallsPerTask],
    ["Seconds of one turn", timeouts.taskSeconds],
  ];
  const rows = said.flatMap(([what, value]) => (value === undefined ? [] : [[[what], [String(value)]]]));
  return [heading(2, "Limits"), ...table(["What", "At most"], rows)];
}

function priceBlocks({ price }: AgentConfig): readonly Block[] {
  if (price === undefined) return [heading(2, "Price"), paragraph("It costs its callers nothing.")];
  const said: readonly (readonly [string, string | undefined])[] = [
    ["A call", price.perCall],
    ["A second", price.perSecond],
    ["A million input tokens", price.perMillionInputTokens],
    ["A million output tokens", price.perMillionOutputTokens],
    ["A call, at most", price.maxPerCall],
  ];
  const rows = said.flatMap(([what, value]) => (value === undefined ? [] : [[[what], [`${value} ${price.currency}`]]]));
  return [heading(2, "Price"), ...table(["What", "Price"], rows)];
}

function changeBlocks({ since, changes, hint }: ReleaseChanges): readonly Block[] {
  if (since === undefined) return [heading(2, "Changes"), paragraph("It is the first release.")];
  return [
    heading(2, "Changes"),
    paragraph("Since release ", { code: since.releaseId }, changes.length === 0 ? ": none." : ":"),
    ...listOf(
      changes
        .slice(0, MAX_CHANGES)
        .map(({ level, kind, what, breaks }) => [
          `${level}: ${kind} `,
          { code: what },
          breaks === undefined ? "" : `. ${breaks}`,
        ]),
    ),
    ...(hint === undefined ? [] : [paragraph(`By semantic versioning, ${hint}.`)]),
  ];
}
