import { RUN_USAGE_EXTENSION, TaskState } from "@berth/protocol";
import { scriptedConfig } from "@berth/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openHouse, publish, textMessage } from "../gateway.fixture.ts";
import type { House } from "../gateway.fixture.ts";

const PRICE = { currency: "USD", perCall: "0.01", perMillionInputTokens: "1", platformShare: "0.5" } as const;

let house: House;
let taskId = "";
let receiptId = "";
beforeAll(async () => {
  house = await openHouse({
    script: async function* (_turn, agent) {
      yield agent.task();
      const done = agent.status(TaskState.Completed);
      if (!("statusUpdate" in done)) throw new Error("a status comes as an update");
      const metadata = { [RUN_USAGE_EXTENSION]: { inputTokens: 2_000, models: ["=cmd"] } };
      yield { statusUpdate: { ...done.statusUpdate, metadata } };
    },
  });
  await publish(house.store, "priced", { config: scriptedConfig({ visibility: "public", price: PRICE }) });
  for (const agent of ["priced", "hidden"]) {
    const { json } = await house.rpc("SendMessage", textMessage("hi"), { agent, token: house.admin });
    if (agent === "priced") taskId = json.result.task.id;
  }
  await house.control.receipts.flush();
  receiptId = (await house.call(`/agents/priced/runs/${taskId}/receipt`, { token: house.admin })).json.receiptId;
});
afterAll(async () => await house[Symbol.asyncDispose]());

const month = (): string => new Date().toISOString().slice(0, 7);

describe("billing", () => {
  test("sums usage by what is asked for", async () => {
    const { json } = await house.call("/v1/usage", { token: house.admin });
    expect(json).toMatchObject({ currency: "USD", groupBy: "agent", total: { calls: 2, charged: "0.012" } });
    expect(json.groups[0]).toMatchObject({ agentName: "priced", calls: 1, inputTokens: 2_000, amount: "0.012" });
    expect(json.groups[1]).toMatchObject({ agentName: "hidden", amount: "0" });
    const byModel = await house.call("/v1/usage?groupBy=model", { token: house.admin });
    expect(byModel.json.groups).toMatchObject([{ key: "=cmd", calls: 2 }]);
    const none = await house.call("/v1/usage?from=2020-01-01&to=2020-02-01", { token: house.admin });
    expect(none.json).toMatchObject({ groups: [], total: { calls: 0, seconds: "0", amount: "0" } });
    for (const query of ["groupBy=money", "from=soon", "from=2026-02-01&to=2026-01-01"]) {
      expect((await house.call(`/v1/usage?${query}`, { token: house.admin })).json.reason, query).toBe(
        "INVALID_PARAMS",
      );
    }
  });

  test("gives usage and statements as CSV that no spreadsheet runs", async () => {
    const csv = { token: house.admin, headers: { accept: "text/csv" } };
    const usage = await house.call("/v1/usage?groupBy=model", csv);
    expect(usage.headers["content-type"]).toBe("text/csv; charset=utf-8");
    expect(usage.text.split("\r\n").slice(0, 2)).toEqual([
      "model,agent_name,calls,seconds,input_tokens,output_tokens,charged,refunded,amount,currency",
      expect.stringMatching(/^"'=cmd",,2,[\d.]+,4000,0,0\.012,0,0\.012,USD$/),
    ]);
    const statement = await house.call(`/v1/statements/${month()}`, csv);
    expect(statement.headers["content-disposition"]).toBe(`attachment; filename="statement-${month()}.csv"`);
    expect(statement.text).toMatch(new RegExp(`\\r\\n${month()},total,,,2,`));
  });

  test("refunds by receipt, within what was charged, and shows it in journals and statement", async () => {
    const path = `/v1/receipts/${receiptId}/refunds`;
    const refund = async (body: object) => await house.call(path, { token: house.admin, body });
    const made = await refund({ amount: "0.004", reason: "too late" });
    expect([made.status, made.json]).toEqual([
      201,
      expect.objectContaining({ kind: "refund", amount: "-0.004", reason: "too late", taskId }),
    ]);
    expect((await refund({ amount: "0.009", reason: "more" })).json.reason).toBe("INVALID_PARAMS");
    expect((await refund({ amount: 1, reason: "a number" })).json.reason).toBe("INVALID_PARAMS");
    expect((await refund({ amount: "0.001" })).json.reason).toBe("INVALID_PARAMS");
    const { json } = await house.call(`/v1/journals?task=${taskId}`, { token: house.admin });
    expect(json.journals.map(({ kind, amount }: { kind: string; amount: string }) => [kind, amount])).toEqual([
      ["refund", "-0.004"],
      ["run", "0.012"],
    ]);
    const [, run] = json.journals;
    const receipt = await house.call(`/v1/receipts/${receiptId}`, { token: house.admin });
    const payload: string = receipt.json.envelope.payload;
    expect(JSON.parse(Buffer.from(payload, "base64").toString()).predicate.gl).toEqual({
      journal: run.journalId,
      posting: run.posting,
      amount: "0.012",
      currency: "USD",
      price: run.price,
    });
    const statement = await house.call(`/v1/statements/${month()}`, { token: house.admin });
    expect(statement.json.total).toMatchObject({ charged: "0.012", refunded: "-0.004", amount: "0.008" });
    expect(statement.json.accounts.map(({ balance }: { balance: string }) => balance)).toEqual([
      "-0.004",
      "0.008",
      "-0.004",
    ]);
    const check = await house.call("/v1/ledger/check", { token: house.admin });
    expect(check.json).toMatchObject({ journals: 2, differences: [], background: { differences: [] } });
  });

  test("needs the rights to read and to refund", async () => {
    const reader = await house.key("read");
    expect((await house.call("/v1/usage", { token: reader })).status).toBe(200);
    const refund = await house.call(`/v1/receipts/${receiptId}/refunds`, { token: reader, body: { reason: "x" } });
    expect([refund.status, refund.json.reason]).toEqual([403, "PERMISSION_DENIED"]);
    const invoker = await house.key("invoke");
    for (const path of ["/v1/usage", `/v1/statements/${month()}`, "/v1/journals"]) {
      expect((await house.call(path, { token: invoker })).status, path).toBe(403);
    }
  });

  test("tells the doctor whether the ledger agrees", async () => {
    const { json } = await house.call("/v1/doctor", { token: house.admin });
    expect(json.ledger).toMatchObject({ ok: true, differences: 0 });
  });
});
