import { describe, expect, test } from "@jest/globals";
import { refuseGuarded, refuseProtected } from "../../../release/destroy/guards.ts";
import { dev, prod } from "../../support/environments.ts";

const users = {
  address: "aws_dynamodb_table.users",
  mode: "managed",
  type: "aws_dynamodb_table",
  name: "users",
  change: { actions: ["delete"], before: { name: "Users", deletion_protection_enabled: false } },
};

describe("an environment is not destroyed", () => {
  test("that is protected, in the code or in what is deployed", () => {
    const refuse = (place?: string) => () => {
      refuseProtected(prod, place);
    };
    expect(refuse()).toThrow(
      /^prod is protected, as config\/environments\/prod\.ts says: it holds data that must not be lost, and is not destroyed\. If it really has to go: set protected, .* to false in config\/environments\/prod\.ts, have that reviewed and deployed, and destroy prod then\./,
    );
    expect(refuse("release 123, which is deployed")).toThrow(
      /^prod is protected, as release 123, which is deployed says/,
    );
  });

  test("whose deployed release guards a table that the code doesn't guard any more", () => {
    const { users: settings, ...others } = dev.tables;
    const tables = { ...others, users: { ...settings, preventDestroy: true } };
    const deployed = { environment: { ...dev, tables }, release: "release 123, which is deployed" };
    expect(() => {
      refuseGuarded(dev, [users], [], deployed);
    }).toThrow("\n  Users: preventDestroy in release 123, which is deployed\n");
    expect(() => {
      refuseGuarded(dev, [users], [], { ...deployed, environment: dev });
    }).not.toThrow();
  });

  test("while Terraform guards something else", () => {
    expect(() => {
      refuseGuarded(dev, [users], ["aws_kms_key.key"], undefined);
    }).toThrow(/^dev is not destroyed, since Terraform refuses for aws_kms_key\.key\. Nothing was changed\./);
  });
});
