import { expect, test } from "@jest/globals";
import { localAccount } from "../../local/accounts.ts";

test("an environment's account in the embedded AWS is the configured one, or follows from its name alone", () => {
  expect(localAccount({ name: "prod", account: "222222222222" })).toBe("222222222222");
  expect(localAccount({ name: "dev" })).toBe("246732811206");
  const madeUp = ["dev", "staging", "qa", "prod"].map((name) => localAccount({ name }));
  expect(new Set(madeUp).size).toBe(madeUp.length);
  for (const account of madeUp) expect(account).toMatch(/^[1-9]\d{11}$/);
});
