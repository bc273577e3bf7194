import type { Blocks } from "./stack-json.ts";

/** What the stack makes besides, and AWS has: the key of the tables, and the topic of the alarms. */
export class OutsideReferences {
  readonly #resources: Blocks;
  readonly #topicArn: (name: string) => string;
  /** Data sources that are needed. */
  readonly data: Record<string, object> = {};

  /** @param topicArn the ARN of an SNS topic of the environment, by its name. */
  constructor(resources: Blocks, topicArn: (name: string) => string) {
    this.#resources = resources;
    this.#topicArn = topicArn;
  }

  /**
   * Replaces the references to what isn't included.
   * @param included addresses.
   * @throws Error when it isn't known what a reference is.
   */
  resolve(json: string, included: ReadonlySet<string>): string {
    return json.replaceAll(/\$\{(aws_\w+)\.([\w-]+)\.arn\}/g, (reference, type: string, id: string) => {
      if (included.has(`${type}.${id}`)) return reference;
      const values = this.#resources[type]?.[id];
      if (type === "aws_sns_topic") return this.#topicArn(values?.["name"] as string);
      if (type === "aws_kms_key") return this.#keyArn(id);
      throw new Error(`it isn't known what ${reference} is for a restored table`);
    });
  }

  /** A key is found by its alias. */
  #keyArn(key: string): string {
    const aliases = Object.entries(this.#resources["aws_kms_alias"] ?? {});
    const alias = aliases.find(([, { target_key_id: target }]) =>
      String(target).includes(`aws_kms_key.${key}.`),
    );
    if (!alias) throw new Error(`the key ${key} has no alias`);
    const [id, { name }] = alias;
    this.data["aws_kms_alias"] = { ...this.data["aws_kms_alias"], [id]: { name } };
    return `\${data.aws_kms_alias.${id}.target_key_arn}`;
  }
}
