import { expect, test } from "@jest/globals";
import { localAccounts } from "../../local/accounts.ts";
import { dev, prod } from "../support/environments.ts";

const accountsOf = (...environments: Parameters<typeof localAccounts>[0]) =>
  Object.fromEntries(localAccounts(environments));

test("an environment has its configured account in the embedded AWS, or else one that no other has", () => {
  expect(accountsOf(dev, prod)).toEqual({ dev: "111111111111", prod: "222222222222" });
  expect(accountsOf({ ...dev, name: "alpha" }, dev, prod)).toEqual({
    alpha: "111111111111",
    dev: "333333333333",
    prod: "222222222222",
  });
  const own = { ...prod, account: "123456789012" };
  expect(accountsOf(dev, own)).toEqual({ dev: "111111111111", prod: "123456789012" });
});
