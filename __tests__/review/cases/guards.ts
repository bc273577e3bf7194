import type { PlannedCases } from "../planned-cases.ts";

const database = { instance_class: "db.t3.micro", engine: "mysql", username: "admin", allocated_storage: 20 };

/** Guards that are turned off. */
export const guardCases: PlannedCases = {
  "a database's deletion protection": {
    rule: "protection-off",
    type: "aws_db_instance",
    deployed: { ...database, deletion_protection: true },
    harmful: { ...database, deletion_protection: false },
    finds: "blocked/care Deletion protection of",
    harmless: { ...database, deletion_protection: true, tags: { team: "billing" } },
  },
};
