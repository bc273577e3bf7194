import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { planFromStacks, type Plan } from "../../review/plan/plan.ts";
import { reviewPlan } from "../../review/review-plan.ts";
import type { StackPlan } from "../../terraform/plan-environment.ts";
import { DeployedEnvironment } from "../review/deployed-environment.ts";
import { everythingLiteral, nothingLiteral, optionalSettings, withSettingOf } from "../support/everything.ts";
import { describeWith } from "../support/requirements.ts";

const PATIENCE = 900_000;

/** What a plan does, by type and action: "aws_dynamodb_table update". */
const actionsOf = ({ changes }: Plan) => [
  ...new Set(
    changes.filter(({ action }) => action !== "no-op").map(({ type, action }) => `${type} ${action}`),
  ),
];

/** What a plan replaces, or does to a table but to change it in place. */
const losses = (plan: Plan) =>
  actionsOf(plan).filter(
    (done) => done.endsWith(" replace") || /^aws_(dynamodb_table|kms_key|sqs_queue) delete$/.test(done),
  );

describeWith(["terraform", "python"], "every setting that can be off", () => {
  let deployed: DeployedEnvironment;
  const plans = { on: new Map<string, StackPlan>(), off: new Map<string, StackPlan>() };

  beforeAll(async () => {
    deployed = await DeployedEnvironment.deploy(nothingLiteral);
    for (const setting of optionalSettings)
      plans.on.set(
        setting,
        await deployed.plan({ literal: withSettingOf(everythingLiteral, setting, nothingLiteral) }),
      );
    await deployed.deploy(everythingLiteral);
    for (const setting of optionalSettings)
      plans.off.set(
        setting,
        await deployed.plan({ literal: withSettingOf(nothingLiteral, setting, everythingLiteral) }),
      );
  }, PATIENCE);
  afterAll(async () => {
    await deployed.stop();
  });

  test(
    "with everything on, the plan afterwards is empty",
    async () => {
      const { json } = await deployed.plan({}, true);
      expect(actionsOf(planFromStacks([{ folder: "", json }]))).toEqual([]);
    },
    PATIENCE,
  );

  test("print", () => {
    for (const setting of optionalSettings) {
      const on = planFromStacks([plans.on.get(setting)!]);
      const off = planFromStacks([plans.off.get(setting)!]);
      console.log(setting, JSON.stringify(actionsOf(on)), JSON.stringify(actionsOf(off)));
    }
  });
});
