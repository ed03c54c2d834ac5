import { expect, it } from "vitest";
import { AT, ORG, atMs } from "./contract-samples.ts";
import type { ModelAlias, ModelProvider } from "./model-store.ts";
import type { Store } from "./store.ts";

/** Tests share one store: each uses names of its own. */
export function modelStoreContract(store: () => Store): void {
  const providerOf = (name: string, changes: Partial<ModelProvider> = {}): ModelProvider => ({
    orgId: ORG,
    name,
    kind: "openai",
    baseUrl: "https://api.test/v1",
    secretName: "KEY",
    models: [{ name: "small", inputMicros: 150_000, outputMicros: 600_000 }, { name: "large" }],
    concurrency: 8,
    timeoutSeconds: 60,
    updatedAt: AT,
    updatedBy: "usr_1",
    ...changes,
  });
  const aliasOf = (name: string, changes: Partial<ModelAlias> = {}): ModelAlias => ({
    orgId: ORG,
    name,
    targets: ["one/small", "other/large"],
    updatedAt: AT,
    updatedBy: "usr_1",
    ...changes,
  });

  it("lists the models of one organization by name; a provider and an alias may share one", async () => {
    const orgId = "org_models";
    await store().models.putProvider(providerOf("b", { orgId }));
    await store().models.putProvider(providerOf("a", { orgId, kind: "ollama" }));
    await store().models.putAlias(aliasOf("a", { orgId }));
    expect(await store().models.providers(orgId)).toEqual([
      providerOf("a", { orgId, kind: "ollama" }),
      providerOf("b", { orgId }),
    ]);
    expect(await store().models.aliases(orgId)).toEqual([aliasOf("a", { orgId })]);
    expect(await store().models.providers("org_without")).toEqual([]);
    expect(await store().models.aliases("NUL\u0000")).toEqual([]);
  });

  it("puts one in place of another of its name, and removes it once", async () => {
    const orgId = "org_replaced";
    await store().models.putProvider(providerOf("one", { orgId }));
    const { secretName: _, ...keyless } = providerOf("one", { orgId, models: [], updatedAt: atMs(1) });
    await store().models.putProvider(keyless);
    expect(await store().models.providers(orgId)).toEqual([keyless]);
    expect(await store().models.removeAlias(orgId, "one")).toBe(false);
    expect(await store().models.removeProvider(ORG, "one")).toBe(false);
    expect(await store().models.removeProvider(orgId, "one")).toBe(true);
    expect(await store().models.removeProvider(orgId, "one")).toBe(false);
    await store().models.putAlias(aliasOf("fast", { orgId }));
    await store().models.putAlias(aliasOf("fast", { orgId, targets: ["other/small"] }));
    expect(await store().models.aliases(orgId)).toEqual([aliasOf("fast", { orgId, targets: ["other/small"] })]);
    expect(await store().models.removeAlias(orgId, "fast")).toBe(true);
  });
}
