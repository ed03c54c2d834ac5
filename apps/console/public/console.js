// The console: reads /v1 and shows it. Everything that comes from an agent is put into text nodes, never into markup.

const view = document.getElementById("view");
const cli = document.getElementById("cli");
const who = document.getElementById("who");

async function api(path, options = {}) {
  const response = await fetch(path, { ...options, headers: { Accept: "application/json", ...options.headers } });
  const text = await response.text();
  let body;
  try {
    body = text === "" ? undefined : JSON.parse(text);
  } catch {
    body = undefined;
  }
  if (!response.ok) throw Object.assign(new Error(body?.detail ?? `${response.status}`), { status: response.status, hint: body?.hint });
  return body;
}

/** An element: attributes beginning with "on" are listeners, children are nodes or text. */
function el(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (value !== undefined && value !== false) element.setAttribute(key, value === true ? "" : value);
  }
  element.append(...children.flat().filter((child) => child !== undefined && child !== null));
  return element;
}

const STATE_CLASS = { COMPLETED: "good", live: "good", ready: "good", FAILED: "bad", REJECTED: "bad", failed: "bad" };
function state(text) {
  const short = text.replace("TASK_STATE_", "");
  const busy = ["WORKING", "SUBMITTED", "INPUT_REQUIRED", "AUTH_REQUIRED", "running", "starting"].includes(short);
  return el("span", { class: `state ${STATE_CLASS[short] ?? (busy ? "busy" : "")}` }, short.toLowerCase().replace("_", " "));
}

function time(iso) {
  return el("time", { datetime: iso, title: iso }, new Date(iso).toLocaleString());
}

function table(heads, rows, empty) {
  if (rows.length === 0) return el("p", { class: "muted" }, empty);
  return el(
    "table",
    {},
    el("thead", {}, el("tr", {}, heads.map((head) => el("th", {}, head)))),
    el("tbody", {}, rows.map((cells) => el("tr", {}, cells.map((cell) => el("td", {}, cell))))),
  );
}

const link = (hash, text) => el("a", { href: hash }, text);
const code = (text) => el("code", {}, text);

async function agents() {
  const { agents } = await api("/v1/agents?pageSize=100");
  const cards = agents.map((agent) =>
    el(
      "section",
      { class: "card" },
      el("div", { class: "row" }, el("h2", {}, link(`#agents/${agent.name}`, agent.name)), state(agent.state)),
      el("p", {}, agent.description),
      el("p", {}, agent.skills.slice(0, 8).map((skill) => el("span", { class: "tag" }, skill.id))),
    ),
  );
  const none = el("p", { class: "muted" }, "No agents yet. Deploy one: ", code("npx a2a init my-agent && npx a2a deploy my-agent"));
  return ["npx a2a agents", el("h2", {}, "Agents"), cards.length === 0 ? none : el("div", { class: "grid" }, cards)];
}

function example(schema) {
  if (schema?.type !== "object") return {};
  const value = (property) =>
    property?.default ?? { string: "hello", number: 1, integer: 1, boolean: true, array: [], object: {} }[property?.type] ?? null;
  const required = new Set(schema.required ?? []);
  return Object.fromEntries(
    Object.entries(schema.properties ?? {}).filter(([key]) => required.has(key)).map(([key, property]) => [key, value(property)]),
  );
}

function tryIt(agent, skill) {
  const input = el("textarea", { rows: "4", "aria-label": `input of ${skill.id}`, spellcheck: "false" });
  input.value = JSON.stringify(example(skill.inputSchema), null, 2);
  const answer = el("pre", { hidden: true });
  const button = el("button", { type: "button", onclick: call }, "Call");
  async function call() {
    button.disabled = true;
    answer.hidden = false;
    answer.textContent = "…";
    try {
      const result = await api(`/agents/${agent.name}/invoke/${encodeURIComponent(skill.id)}`, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: input.value,
      });
      answer.textContent = JSON.stringify(result, null, 2);
    } catch (error) {
      answer.textContent = `${error.message}${error.hint === undefined ? "" : `\n${error.hint}`}`;
    } finally {
      button.disabled = false;
    }
  }
  return el(
    "section",
    { class: "card" },
    el("h3", {}, skill.id),
    el("p", {}, skill.description),
    input,
    el("div", { class: "row" }, button),
    answer,
  );
}

async function agentPage(name) {
  const agent = await api(`/v1/agents/${encodeURIComponent(name)}`);
  const logs = await api(`/v1/agents/${encodeURIComponent(name)}/logs?limit=100`).catch(() => ({ lines: [] }));
  return [
    `npx a2a agents show ${name}`,
    el("div", { class: "row" }, el("h2", {}, agent.name), state(agent.state), el("span", { class: "muted" }, `${agent.version}, ${agent.release}`)),
    el("p", {}, agent.description),
    agent.trusted ? el("p", { class: "state bad" }, "runs WITHOUT a sandbox (deployed with --trust)") : undefined,
    el("p", {}, "Card ", el("a", { href: agent.cardUrl }, agent.cardUrl), " · MCP ", code(agent.mcpUrl)),
    el("h3", {}, "Skills"),
    agent.skills.map((skill) => tryIt(agent, skill)),
    el("h3", {}, "Output"),
    logs.lines.length === 0
      ? el("p", { class: "muted" }, "Nothing yet.")
      : el("pre", {}, logs.lines.map(({ at, text }) => `${at.slice(11, 23)}  ${text}`).join("\n")),
  ];
}

async function tasks() {
  const { tasks } = await api("/v1/tasks?pageSize=50");
  return [
    "npx a2a tasks",
    el("h2", {}, "Tasks"),
    table(
      ["Task", "Agent", "State", "Accepted"],
      tasks.map(({ task, agent, createdAt }) => [link(`#tasks/${task.id}`, code(task.id)), agent, state(task.status.state), time(createdAt)]),
      "No tasks yet. Call an agent: npx a2a call echo echo --input '{\"text\":\"hi\"}'",
    ),
  ];
}

async function taskPage(id) {
  const { task, agent } = await api(`/v1/tasks/${encodeURIComponent(id)}`);
  const { events } = await api(`/v1/tasks/${encodeURIComponent(id)}/events?limit=1000`);
  return [
    `npx a2a tasks show ${id}`,
    el("div", { class: "row" }, el("h2", {}, code(id)), state(task.status.state)),
    el("p", {}, "Agent ", link(`#agents/${agent}`, agent), " · context ", code(task.contextId ?? "")),
    el("h3", {}, "Artifacts"),
    (task.artifacts ?? []).map((artifact) =>
      el("div", { class: "card" }, el("strong", {}, artifact.name ?? artifact.artifactId), el("pre", {}, artifact.parts.map(partText).join("\n"))),
    ),
    el("h3", {}, "Log"),
    table(
      ["Seq", "At", "Event", ""],
      events.map(({ seq, at, body }) => [String(seq), time(at), body.kind, el("pre", {}, JSON.stringify(without(body, "kind"), null, 1))]),
      "Empty.",
    ),
  ];
}

function partText(part) {
  return part.text ?? (part.data === undefined ? (part.url ?? `${part.raw?.length ?? 0} base64 characters`) : JSON.stringify(part.data, null, 2));
}

function without(object, key) {
  const { [key]: _left, ...rest } = object;
  return rest;
}

async function receipts() {
  const { receipts } = await api("/v1/receipts?pageSize=50");
  return [
    "npx a2a ledger check",
    el("h2", {}, "Receipts"),
    el("p", { class: "muted" }, "Signed statements of finished runs, in an append-only log: ", el("a", { href: "/ledger/checkpoint" }, "checkpoint")),
    table(
      ["Receipt", "Task", "Leaf", "Sealed"],
      receipts.map(({ receiptId, taskId, leafIndex, sealedAt }) => [
        link(`#receipts/${receiptId}`, code(receiptId)),
        link(`#tasks/${taskId}`, code(taskId)),
        String(leafIndex),
        time(sealedAt),
      ]),
      "No receipts yet: every finished call gets one.",
    ),
  ];
}

async function receiptPage(id) {
  const { statement } = await api(`/v1/receipts/${encodeURIComponent(id)}`);
  return [
    `npx a2a receipts show ${id} --bundle > receipt.json && npx a2a receipts verify receipt.json`,
    el("h2", {}, code(id)),
    el("p", {}, el("a", { href: `/v1/receipts/${encodeURIComponent(id)}/bundle`, download: `${id}.json` }, "Download the bundle"), " to verify it offline."),
    el("pre", {}, JSON.stringify(statement, null, 2)),
  ];
}

async function deployments() {
  const { deployments } = await api("/v1/deployments?limit=50");
  return [
    "npx a2a deploy DIR",
    el("h2", {}, "Deployments"),
    table(
      ["Deployment", "Agent", "Status", "Steps", "At"],
      deployments.map((each) => [
        code(each.deploymentId),
        each.agent ?? "",
        el("div", {}, state(each.status), each.error === undefined ? "" : el("div", { class: "muted" }, each.error.message)),
        each.steps.map((step) => `${step.name} ${step.ms === undefined ? "…" : `${step.ms} ms`}`).join(", "),
        time(each.createdAt),
      ]),
      "None yet.",
    ),
  ];
}

async function system() {
  const doctor = await api("/v1/doctor");
  const level = ({ level, detail }) => el("div", {}, state(level === "enforced" ? "ready" : level), " ", el("span", { class: "muted" }, `${level}: ${detail}`));
  const aspects = ["filesystem", "network", "syscalls", "memory", "cpu", "processes"];
  return [
    "npx a2a doctor",
    el("h2", {}, "System"),
    el("p", {}, `Store: ${doctor.store.kind}, ${doctor.store.ok ? "reachable" : (doctor.store.detail ?? "not reachable")}`),
    doctor.sandbox.map((driver) =>
      el(
        "section",
        { class: "card" },
        el("h3", {}, `Sandbox driver "${driver.driver}" ${driver.isolates ? "isolates" : "does not isolate"}`),
        driver.reason === undefined ? undefined : el("p", {}, driver.reason, " ", driver.fix ?? ""),
        table(["What", "How well"], aspects.map((aspect) => [aspect, level(driver[aspect])]), ""),
      ),
    ),
  ];
}

function signIn(message) {
  const key = el("input", { type: "password", placeholder: "berth_sk_…", "aria-label": "API key", autocomplete: "off" });
  const problem = el("p", { class: "state bad" }, message ?? "");
  const form = el(
    "form",
    {
      class: "card",
      onsubmit: async (event) => {
        event.preventDefault();
        try {
          await openSession({ key: key.value.trim() });
        } catch (error) {
          problem.textContent = error.message;
        }
      },
    },
    el("h2", {}, "Sign in"),
    el("p", { class: "muted" }, "Use the sign-in link that the platform printed when it started, or an API key."),
    key,
    el("div", { class: "row" }, el("button", {}, "Sign in")),
    problem,
  );
  return ["npx a2a keys create --name me --scopes admin", form];
}

async function openSession(body) {
  await api("/v1/sessions", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
  location.hash = "#agents";
  await show();
}

const PAGES = { agents, tasks, receipts, deployments, system };
const DETAILS = { agents: agentPage, tasks: taskPage, receipts: receiptPage };

async function show() {
  const hash = location.hash.slice(1);
  const [section = "agents", ...rest] = (hash === "" ? "agents" : hash).split("/");
  for (const anchor of document.querySelectorAll("nav a")) {
    if (anchor.getAttribute("href") === `#${section}`) anchor.setAttribute("aria-current", "page");
    else anchor.removeAttribute("aria-current");
  }
  let content;
  try {
    if (section.startsWith("sign-in=")) return await openSession({ code: decodeURIComponent(section.slice("sign-in=".length)) });
    const me = await api("/v1/whoami");
    who.replaceChildren(me.kind === "anonymous" ? link("#sign-in", "Sign in") : el("span", { class: "muted" }, me.name ?? me.id));
    if (me.kind === "anonymous" && section !== "agents") content = signIn();
    else if (section === "sign-in") content = signIn();
    else content = rest.length > 0 && DETAILS[section] ? await DETAILS[section](decodeURIComponent(rest.join("/"))) : await (PAGES[section] ?? agents)();
  } catch (error) {
    content = error.status === 401 ? signIn(error.message) : ["", el("p", { class: "state bad" }, error.message), el("p", {}, error.hint ?? "")];
  }
  const [line, ...nodes] = content;
  cli.textContent = line;
  view.replaceChildren(...nodes.flat(3).filter((node) => node !== undefined));
}

addEventListener("hashchange", show);
await show();
